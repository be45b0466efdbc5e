/*
 * prong/handler.h -- what each connection gets: a program or a function
 *
 * The host's state.  A handler runs in a copy of the host as fork(2) leaves it:
 *
 * - Memory is a copy: what a handler changes nobody else sees.  What the host had in its
 *   stdio buffers is dropped in the copy, not written twice.
 * - Of threads there is only the one that called prong_dispatch().  A mutex that another
 *   one held stays locked for ever, so in a host with threads only async-signal-safe
 *   functions (signal-safety(7)) may be called, and those whose locks are guarded by
 *   pthread_atfork(3), as glibc guards malloc(3) and stdio.
 * - Every descriptor from 3 up is closed before the handler runs: a connection to a
 *   database, an event loop and the like cannot be used; open it in prong_prepare() or in
 *   the handler.  Libraries that keep threads or descriptors behind the scenes count too.
 * - Shared memory (MAP_SHARED) stays shared.  POSIX timers, alarms, pending signals,
 *   record locks and memory locks are not inherited (fork(2)).
 * - As every session, unless `orphans` is "keep", it gets KILL when the thread that
 *   called prong_dispatch() ends (prctl(2), PR_SET_PDEATHSIG): that thread should live
 *   as long as the server.  Unless every service has `orphans` "keep", the host has one
 *   more child, prong-warden, which prong_free() ends.
 *
 * Programs see nothing of all this: they are executed without a copy of the host.
 */
#ifndef PRONG_PRONG_HANDLER_H
#define PRONG_PRONG_HANDLER_H

#include <stdint.h>
#include <sys/socket.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What each connection gets: a program (argv copied; argv[0] looked up in PATH of the
 * `env` settings or the system's default path), or a built-in ("@echo", ...). */
PRONG_API int prong_program(struct prong_service *, const char *const argv[]);

/* The facts of one connection, for a handler.  Valid while it runs. */
struct prong_birth {
	const char *id;      /* the same token as in every event of this session */
	const char *service; /* its name */
	const char *source;  /* "127.0.0.1:53412" */
	uint64_t number;     /* counts this service's sessions from 1 */
	const struct sockaddr *peer;
	socklen_t peer_len;
	const char *const *environment; /* what a program would have found */
};

/*
 * ... or a C function, in a process of its own: fd 0 and 1 are the client's socket, fd 2
 * as the `stderr` setting says, all other descriptors are closed, signals have their
 * default actions.  What it returns is the exit status (0 to 255) after its stdio was
 * flushed; functions of atexit(3) do not run.  See "the host's state" above.  `context`
 * has to live as long as the server, for sessions outlive the set of services they began
 * in. Of `isolation` a handler gets everything but a pid namespace, which begins with an
 * exec.
 */
typedef int prong_handler_fn(const struct prong_birth *, void *context);
PRONG_API int prong_handler(struct prong_service *, prong_handler_fn *, void *context);

/*
 * What a handler can do before it has a client: open its database, read its tables.  With
 * `start` "spare" each process does it ahead of its client; else right before the handler
 * begins.  Descriptors 0, 1 and, where it is open, 3 are not to be touched.  A client
 * that meets nobody who has finished waits, and its session's time runs.  `context` is
 * the handler's, and what it points to the process's own copy.  Anything but 0 ends the
 * process with that status, and the handler does not run; a process that waits is then
 * replaced, after a pause.  prong_start() does not run it: what it cannot open shows in
 * the events "session-end" and "spares-failed".  -EINVAL: prong_handler() was not called
 * before.
 */
typedef int prong_prepare_fn(void *context);
PRONG_API int prong_prepare(struct prong_service *, prong_prepare_fn *);

#ifdef __cplusplus
}
#endif

#endif
