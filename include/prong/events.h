/*
 * prong/events.h -- what happened, and the two callbacks of a session
 *
 * prong_on_event() is told of everything, for logs and metrics.  prong_on_admit() and
 * prong_on_end() are of one service: who may come in, and how each session ended.
 *
 * All three are called from within a function of the library, by the thread that called
 * it: prong_dispatch() nearly always, but prong_kill(), prong_resume(), a commit or
 * prong_free() as well.  A lock that the host holds around such a call they must not
 * take.
 */
#ifndef PRONG_PRONG_EVENTS_H
#define PRONG_PRONG_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* Must not block and must not call back into the library, except prong_event_text().  May
 * be set at any time; NULL: nobody listens. */
typedef void prong_event_fn(const struct prong_event *, void *context);
PRONG_API void prong_on_event(struct prong *, prong_event_fn *, void *context);

/* The event as one sentence without time stamp and line end, at most size - 1 bytes;
 * whatever came from outside is escaped.  Returns its length. */
PRONG_API size_t prong_event_text(const struct prong_event *, char *text, size_t size);

/* ---- admission ------------------------------------------------------------------ */

/* Who is about to be let in.  Valid during the callback only. */
struct prong_client {
	const char *id, *service;
	const char *source;          /* "127.0.0.1:53412" */
	const char *proxy;           /* that it came by: "192.0.2.1:4711"; "": none */
	const struct sockaddr *peer; /* the client's, not a proxy's */
	socklen_t peer_len;
	uid_t uid; /* of a client on a Unix socket; (uid_t)-1: on another, or not known,
		    * as that of a client whom a proxy has brought */
	gid_t gid;
	uint32_t live, max; /* sessions of the service now, this one not counted */
};

/*
 * Has the last word about who comes in, after all rules and limits and before the policy
 * program.  NULL: the client may come in; else in words why not, for the event "refused",
 * whose reason is "policy", and for {said} in `refuse-text`: valid until the next call of
 * the function, of which 400 bytes are used.  Nothing is counted for a client that is
 * refused so, but an offence where a `penalty` speaks of "policy".  One who had to wait
 * is asked about when its turn comes, by the set of services that serves then; after an
 * upgrade perhaps once more.  Must not block, and must not call back into the library. A
 * function that is NULL: nobody is asked.  -EBUSY: the service serves already.
 */
typedef const char *prong_admit_fn(const struct prong_client *, void *context);
PRONG_API int prong_on_admit(struct prong_service *, prong_admit_fn *, void *context);

/* ---- endings -------------------------------------------------------------------- */

enum prong_how {
	PRONG_EXITED = 1, /* status: the exit code */
	PRONG_KILLED,     /* status: the signal's number */
	PRONG_FAILED,     /* nothing of it ever ran: stage, error */
	PRONG_UNKNOWN     /* somebody else in this process took its status (wait(2)) */
};

/* A session that is over.  Valid during the callback only. */
struct prong_ending {
	const char *id, *service, *source;
	uint64_t number; /* as prong_birth has it */
	pid_t pid;       /* 0: there was no process */
	enum prong_how how;
	int status;
	bool dumped_core;
	const char *stage; /* PRONG_FAILED: the step of the start; "": no process */
	int error;         /* ... and its errno */
	const char *cause; /* why it was ended: "idle-timeout", ...; "": by itself */
	const char *text;  /* in words: "exited 0", "killed by KILL" */
	uint64_t duration_ms;
	bool has_bytes; /* they were counted: TCP, with a descriptor kept */
	uint64_t bytes_in, bytes_out;
	bool has_cost;            /* cpu_us and peak_kb are known */
	uint64_t cpu_us, peak_kb; /* of the process and those it has waited for */
};

/* Told exactly once of each session that began, in prong_free() at the latest, whatever
 * `log-sample` says; of a client that was refused it is not.  After a reload a session
 * still belongs to the set it began in: `context` has to live as long as the server.
 * Where that set told nobody, or was another program's (prong_thaw()), the service that
 * has its name now does.  Must not block, and must not call back into the library. */
typedef void prong_end_fn(const struct prong_ending *, void *context);
PRONG_API int prong_on_end(struct prong_service *, prong_end_fn *, void *context);

#ifdef __cplusplus
}
#endif

#endif
