/*
 * prong/server.h -- a server: its life, its services, its loop
 *
 * prong_new(), services and their settings, prong_start(), prong_dispatch() until it
 * returns 1, prong_free().
 */
#ifndef PRONG_PRONG_SERVER_H
#define PRONG_PRONG_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A server with no service; NULL and errno = ENOMEM or EMFILE. */
PRONG_API struct prong *prong_new(void);

/* Ends everything at once (KILL to every session), reaps, closes, frees.  NULL is fine.
 * In a forked child of the host it only frees: no process is signalled. */
PRONG_API void prong_free(struct prong *);

/* What the last failed call had to say, in English; "" if none; one that succeeds may
 * leave the text or clear it.  Of NULL: that there is no server.  Owned by the server,
 * valid until the next call on it. */
PRONG_API const char *prong_error(const struct prong *);

/* ---- services: before prong_start(), or while a new set is made ------------------- */

/* The service belongs to the server.  `name` is copied: letters, digits, '-', '_', '.',
 * '@', at most 63.  NULL: prong_error() says why, and whatever is said to it then fails
 * with -EINVAL and leaves the reason.  Unless told otherwise it listens on port 9999 of
 * the loopback addresses and runs "@echo". */
PRONG_API struct prong_service *prong_service_add(struct prong *, const char *name);

/* Adds an address: "9999" ":9999" "127.0.0.1:9999" "[::1]:9999" "name:9999"
 * "unix:/path" "unix:@abstract" "vsock:CID:PORT" "fd:N".  Port 0 takes a free one.
 * Checked and bound by prong_start().  -EINVAL: NULL; -EBUSY: the service serves already.
 */
PRONG_API int prong_listen(struct prong_service *, const char *where);

/* A stream socket of the caller's that listens.  prong_start() takes a duplicate, makes
 * it non-blocking, whoever it belongs to besides, and says -EINVAL of one that does not
 * listen; the caller's stays the caller's, and open until then.  -EBADF: negative;
 * -EBUSY. */
PRONG_API int prong_listen_fd(struct prong_service *, int fd);

/* Sets one setting by its name, as the command line and the manual have it:
 * prong_set(s, "max-per-source", "8").  One that may be repeated gets one more value with
 * each call; `value` NULL takes back all that was said, to the default.  -ENOENT: no such
 * setting; -EINVAL, -ERANGE: not such a value, or "pass-env", which is the command's: say
 * "env"; -EBUSY: the service serves already. */
PRONG_API int prong_set(struct prong_service *, const char *name, const char *value);

/* ---- running ------------------------------------------------------------------ */

/* Checks everything, binds, sizes the pools; allocates last here.  May block: each
 * service is tried in a process, names are looked up.  On failure nothing is left open
 * and the settings may be mended and tried again.  -EINVAL: they are wrong, or there is
 * no service; -EBUSY: started already; else the errno of what the machine refused. */
PRONG_API int prong_start(struct prong *);

/* Readable when there is work, whether a client, a clock or a call of yours made it: put
 * it into your own event loop, level-triggered, and call prong_dispatch(p, 0) once for
 * each time that it is found readable.  Valid from prong_new() to prong_free(), and
 * always the same; do not read it, and take it out of the loop before prong_free(). */
PRONG_API int prong_fd(const struct prong *);

/* Waits up to timeout_ms (-1: for ever, 0: not at all) and does what is due.
 * 0: go on; 1: drained, nothing is left to do, and so from then on; -EBUSY: called by one
 * of the functions that it calls; another negative errno: failed. */
PRONG_API int prong_dispatch(struct prong *, int timeout_ms);

/*
 * For a program without an event loop of its own: has prong_dispatch() call `ready` when
 * `fd` is ready for `events` (EPOLLIN, EPOLLOUT, ... of epoll(7); 0: nothing).  The
 * descriptor stays the caller's, who unwatches it before closing it.  Called again for
 * the same descriptor it changes events, function and context.  -ENOSPC: 64 are watched
 * already; -EPERM: not a descriptor that can be waited for, such as a regular file;
 * -EBADF; -EINVAL: no function, or the server's own descriptor; -ENOENT: it was closed
 * and opened again without prong_unwatch(). `ready` may call any function of the library
 * but prong_dispatch() and prong_free().
 */
typedef void prong_ready_fn(uint32_t events, void *context);
PRONG_API int prong_watch(
    struct prong *, int fd, uint32_t events, prong_ready_fn *ready, void *context);
PRONG_API void prong_unwatch(struct prong *, int fd);

/* The address of listener `i` of a service, as text; NULL past the last. */
PRONG_API const char *prong_bound(const struct prong_service *, size_t i);

/* All that prong_start(), or a commit, would check, open and try, and then closed again:
 * nothing is served, and the server is as it was.  In words in prong_error(), one line
 * for each thing that cannot be had, each beginning "SERVICE: SETTING: ".  -EINVAL also:
 * there is no service, or it serves and no new set was begun. */
PRONG_API int prong_check(struct prong *);

/* Stops accepting and lets sessions end; after drain-timeout they are ended.  Called
 * again: ends them now (TERM, term-grace, KILL).  -EINVAL: not started. */
PRONG_API int prong_drain(struct prong *);

/* KILL to every session, at once; dispatch goes on until all are reaped.  -EINVAL: not
 * started. */
PRONG_API int prong_kill(struct prong *);

/* Looks for ended children of the process that are nobody's session and reaps them, for
 * a host that is PID 1 or a subreaper and wants no zombies.  Never takes a session of
 * this server; do not call it in a program that has children of its own, or several
 * servers.  Call it when SIGCHLD was seen, after prong_dispatch().  0. */
PRONG_API int prong_reap_orphans(struct prong *);

#ifdef __cplusplus
}
#endif

#endif
