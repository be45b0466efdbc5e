/*
 * prong.h -- every connection a process of its own
 *
 * The whole engine of the prong command, for your own program: hand it listeners and a
 * program or a C function, and each client that connects gets a process of its own,
 * with limits, reaping and accounts.  Linux 5.15 or newer.
 *
 *     struct prong *p = prong_new();
 *     struct prong_service *s = prong_service_add(p, "hello");
 *
 *     prong_listen(s, "127.0.0.1:9999");
 *     prong_handler(s, hello, NULL);
 *     if (prong_start(p) < 0)
 *             errx(1, "%s", prong_error(p));
 *     while (prong_dispatch(p, -1) == 0)
 *             ;
 *     prong_free(p);
 *
 * The library installs no signal handler, calls no waitpid(-1), never exits or prints,
 * reads no environment, starts no thread and has no global state.  Calls on one struct
 * prong must come from one thread at a time.
 *
 * Unless said otherwise a function returns 0 or a negative errno value, and after a
 * failure prong_error() says in words what was being done, on what, why it failed and
 * what would help.
 */
#ifndef PRONG_H
#define PRONG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PRONG_API __attribute__((visibility("default")))
#else
#define PRONG_API
#endif

struct prong;
struct prong_service;

/* ---- life ----------------------------------------------------------------------- */

/* A server with no service; NULL and errno = ENOMEM or EMFILE. */
PRONG_API struct prong *prong_new(void);

/* Ends everything at once (KILL to every session), reaps, closes, frees.  NULL is fine.
 * In a forked child of the host it only frees: no process is signalled. */
PRONG_API void prong_free(struct prong *);

/* What the last failed call had to say, in English; "" if none.  Owned by the server,
 * valid until the next call on it. */
PRONG_API const char *prong_error(const struct prong *);

/* ---- services: before prong_start(), or while a new set is made ------------------- */

/* The service belongs to the server.  `name` is copied: letters, digits, '-', '_', '.',
 * '@', at most 63.  NULL: prong_error() says why. */
PRONG_API struct prong_service *prong_service_add(struct prong *, const char *name);

/* Adds an address: "9999" ":9999" "127.0.0.1:9999" "[::1]:9999" "name:9999"
 * "unix:/path" "unix:@abstract" "vsock:CID:PORT" "fd:N".  Port 0 takes a free one.
 * Checked and bound by prong_start(). */
PRONG_API int prong_listen(struct prong_service *, const char *where);

/* Sets one setting by its name, as the command line and the manual have it:
 * prong_set(s, "max-per-source", "8").  -ENOENT: no such setting; -EINVAL, -ERANGE: not
 * such a value. */
PRONG_API int prong_set(struct prong_service *, const char *name, const char *value);

/* What each connection gets: a program (argv copied; argv[0] looked up in PATH of the
 * `env` settings or the system's default path), or a built-in ("@echo", ...). */
PRONG_API int prong_program(struct prong_service *, const char *const argv[]);

/* The facts of one connection, for a handler. */
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
 * ... or a C function, in a forked child of the calling process: fd 0 and 1 are the
 * client's socket, fd 2 as the `stderr` setting says, all other descriptors are closed.
 * What it returns is the exit status (0 to 255).  It runs in a copy of the host's
 * memory after fork(2): in a program with threads only async-signal-safe functions may
 * be called, and stdio buffers filled before are copies too.  As every session, unless
 * `orphans` is "keep", it gets KILL when the thread that called prong_dispatch() ends
 * (prctl(2), PR_SET_PDEATHSIG): that thread should live as long as the server.  Unless
 * every service has `orphans` "keep", the host has one more child, prong-warden, which
 * prong_free() ends.
 */
typedef int prong_handler_fn(const struct prong_birth *, void *context);
PRONG_API int prong_handler(struct prong_service *, prong_handler_fn *, void *context);

/* ---- events ------------------------------------------------------------------- */

enum prong_level {
	PRONG_ERR = 3, /* as syslog(3) has them */
	PRONG_WARNING = 4,
	PRONG_NOTICE = 5,
	PRONG_INFO = 6,
	PRONG_DEBUG = 7
};

/* `text` is NULL when the field is `number`. */
struct prong_field {
	const char *key;
	const char *text;
	int64_t number;
};

/* One thing that happened.  Valid during the callback only. */
struct prong_event {
	const char *name; /* "session-begin", "session-end", "refused", ... */
	enum prong_level level;
	const char *service;  /* NULL: the server as a whole */
	const char *id;       /* NULL: not about one session */
	const char *sentence; /* for prong_event_text(): how the fields make a sentence */
	const struct prong_field *fields;
	size_t field_count;
};

/* Must not block and must not call back into the library, except prong_event_text(). */
typedef void prong_event_fn(const struct prong_event *, void *context);
PRONG_API void prong_on_event(struct prong *, prong_event_fn *, void *context);

/* The event as one sentence without time stamp and line end, at most size - 1 bytes;
 * whatever came from outside is escaped.  Returns its length. */
PRONG_API size_t prong_event_text(const struct prong_event *, char *text, size_t size);

/* ---- running ------------------------------------------------------------------ */

/* Checks everything, binds, sizes the pools; allocates last here.  On failure nothing
 * is left open and the settings may be mended and tried again. */
PRONG_API int prong_start(struct prong *);

/* Readable when there is work: put it into your own event loop and call
 * prong_dispatch(p, 0).  Valid from prong_start() to prong_free(); do not read it. */
PRONG_API int prong_fd(const struct prong *);

/* Waits up to timeout_ms (-1: for ever, 0: not at all) and does what is due.
 * 0: go on; 1: drained, nothing is left to do; negative errno: failed. */
PRONG_API int prong_dispatch(struct prong *, int timeout_ms);

/*
 * For a program without an event loop of its own: has prong_dispatch() call `ready` when
 * `fd` is ready for `events` (EPOLLIN, EPOLLOUT, ... of epoll(7); 0: nothing).  The
 * descriptor stays the caller's, who unwatches it before closing it.  Called again for
 * the same descriptor it changes events, function and context.  At most 64 descriptors:
 * -ENOSPC; -EPERM: not a descriptor that can be waited for, such as a regular file.
 * `ready` may call any function of the library but prong_dispatch() and prong_free().
 */
typedef void prong_ready_fn(uint32_t events, void *context);
PRONG_API int prong_watch(
    struct prong *, int fd, uint32_t events, prong_ready_fn *ready, void *context);
PRONG_API void prong_unwatch(struct prong *, int fd);

/* The address of listener `i` of a service, as text; NULL past the last. */
PRONG_API const char *prong_bound(const struct prong_service *, size_t i);

/* Stops accepting and lets sessions end; after drain-timeout they are ended.  Called
 * again: ends them now (TERM, term-grace, KILL). */
PRONG_API int prong_drain(struct prong *);

/* KILL to every session, at once; dispatch goes on until all are reaped. */
PRONG_API int prong_kill(struct prong *);

/* Looks for ended children of the process that are nobody's session and reaps them, for
 * a host that is PID 1 or a subreaper and wants no zombies.  Never takes a session of
 * this server; do not call it in a program that has children of its own.  Call it when
 * SIGCHLD was seen, after prong_dispatch(). */
PRONG_API int prong_reap_orphans(struct prong *);

/* Numbers so far. */
struct prong_stats {
	uint64_t accepted, refused, ended, failed; /* failed: no program was started */
	uint32_t live, max, most;                  /* now, allowed, most at once */
};
PRONG_API void prong_stats(const struct prong *, struct prong_stats *ret_stats);

/* ---- another set of services: reload -------------------------------------------
 *
 * While a server serves, a new set of services can be made beside the old one and put in
 * its place, all or nothing.  A listener that both sets have is not closed for an
 * instant; sessions go on with the settings they were born with; a service of the same
 * name keeps its counts, and its live sessions count against the new limits.
 */

/* From here on prong_service_add() and what follows it make the new set.  -EINVAL: not
 * started or draining; -EBUSY: begun already. */
PRONG_API int prong_reload_begin(struct prong *);

/* Checks and opens everything the new set asks for, then puts it in place of the old
 * one.  On failure the old set serves on, untouched, and the new one is gone. */
PRONG_API int prong_reload_commit(struct prong *);

/* Forgets the new set. */
PRONG_API void prong_reload_abort(struct prong *);

/* All that prong_start(), or a commit, would check, open and try, and then closed again:
 * nothing is served, and the server is as it was.  In words in prong_error(), one line
 * for each thing that cannot be had, each beginning "SERVICE: SETTING: ". */
PRONG_API int prong_check(struct prong *);

/* What serving at the limits of all services at once takes, and what this machine allows
 * (UINT64_MAX: no limit that is known).  After prong_start() or prong_check(). */
struct prong_needs {
	uint64_t sessions;
	uint64_t files, files_allowed;         /* descriptors of this process */
	uint64_t processes, processes_allowed; /* one each, before they start others */
	uint64_t memory, memory_available;     /* bytes of this process, without theirs */
};
PRONG_API void prong_needs(const struct prong *, struct prong_needs *ret_needs);

/* ---- what there is, and acting on it ------------------------------------------- */

/* The service that serves after `previous` (NULL: the first), or NULL. */
PRONG_API struct prong_service *prong_service_next(
    const struct prong *, const struct prong_service *previous);

/* One of that name that serves, or NULL. */
PRONG_API struct prong_service *prong_service_find(
    const struct prong *, const char *name);

struct prong_service_facts {
	const char *name;
	const char *state;    /* "listening", "full", "paused", "held", "draining" */
	const char *program;  /* argv[0] as given; NULL: a handler */
	const char *max_from; /* where `max` comes from, in words */
	struct prong_stats stats;
	uint32_t older; /* of stats.live: born under earlier settings */
};
PRONG_API void prong_service_facts(
    const struct prong_service *, struct prong_service_facts *ret_facts);

/* A setting's value in force, as an operator would write it; "listen" and "program" too:
 * the addresses that are bound, or the words, and argv.  -ENOENT: no such setting;
 * -ERANGE when `size` is too small. */
PRONG_API int prong_get(
    const struct prong_service *, const char *name, char *value, size_t size);

/* One live session.  Texts are valid until the next call on the server. */
struct prong_session {
	const char *id, *service;
	const char *source; /* "127.0.0.1:53412" */
	const char *state;  /* "running", "terminating", "killed", "finishing" */
	const char
	    *cause; /* why it is being ended: "idle-timeout", ...; "" if it is not */
	pid_t pid;  /* also its process group; 0: the process is over */
	uint64_t age_ms;
	bool has_bytes; /* the kernel counts them: TCP, with a descriptor kept */
	uint64_t bytes_in, bytes_out;
	bool is_older; /* born under earlier settings */
};

/* The session at or after *cursor (0: the first), in no special order; moves *cursor
 * behind it.  Sessions may come and go between calls; none that lives throughout is left
 * out or told twice.  False: no more. */
PRONG_API bool prong_session_next(
    struct prong *, uint32_t *cursor, struct prong_session *ret_session);

/* Ends sessions: of an id, of an address or network ("192.0.2.7", "2001:db8::/32"), or of
 * everybody ("all").  TERM, and KILL after grace_ms (0: KILL at once; -1: the session's
 * own term-grace).  Returns how many; -EINVAL: not an id, an address or a network. */
PRONG_API int prong_end(struct prong *, const char *what, int64_t grace_ms);

/* Stops accepting (new clients wait in the kernel's queue) until prong_resume(); `name`
 * NULL: every service.  Holds across reload and upgrade.  -ENOENT. */
PRONG_API int prong_pause(struct prong *, const char *name);
PRONG_API int prong_resume(struct prong *, const char *name);

/* prong_drain() with a deadline of its own: 0: end sessions now; -1: drain-timeout. */
PRONG_API int prong_drain_within(struct prong *, int64_t timeout_ms);

/* ---- another program in our place: upgrade -------------------------------------
 *
 * A server can be handed on over execve(2), with the same process id: listeners,
 * sessions, counts.  The old program calls prong_freeze() and execs; the new one calls
 * prong_thaw() in place of prong_start() and then makes its set of services like a
 * reload.
 */

/* A trial: not the upgrade itself, only to see whether it could be. */
#define PRONG_TRIAL 1

/* The new set is made as well: it is the one that was frozen. */
#define PRONG_SAME 2

/* Writes what there is into `fd` (a memfd of the caller's), and has every descriptor that
 * it speaks of outlive an exec; with PRONG_TRIAL only those that listen.  If the exec
 * fails, or for a trial once it has begun, prong_unfreeze() takes that back.  -EBUSY: the
 * server is stopping, or a new set is being made. */
PRONG_API int prong_freeze(struct prong *, int fd, unsigned flags);
PRONG_API void prong_unfreeze(struct prong *);

/*
 * Of a new server without services: becomes what was frozen, in the process that froze
 * it.  With PRONG_TRIAL, in any other process: no session is taken over, and only
 * prong_reload_begin(), a set, and prong_check() may follow; with PRONG_SAME the set is
 * there already, for prong_reload_commit().  -EPROTO: not a state this
 * version understands; -EINVAL: not of this process.  After a failure every descriptor is
 * still open, for the old program to be executed again.
 */
PRONG_API int prong_thaw(struct prong *, int fd, unsigned flags);

/* The version of the program that froze it; "" if nothing was thawed. */
PRONG_API const char *prong_thawed_from(const struct prong *);

#ifdef __cplusplus
}
#endif

#endif
