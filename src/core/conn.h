/*
 * conn -- one connection from birth to account
 *
 *   FREE -begin-> ENTERING <-> ARRIVING, WAITING, ASKING -> refused, or
 *                RUNNING -deadline, hang-up, drain-> TERMINATING -grace-> KILLED
 *                    |_____________ process ended _________|__________________|
 *                                        v
 *                 FREE <-end-        FINISHING   the client still takes its answer, or
 *                                                the rest of the group is still ending
 *
 * conn_begin() is the only entrance and conn_end() the only exit; what the one takes the
 * other gives back, whatever happened between.  The parts: conn (entrance, exit,
 * signals), entry with hello, turn and ask (until it has a process), hangup (what the
 * client does), finish (after the process), output (its error output).
 */
#pragma once

#include "addr.h"
#include "admit.h"
#include "clocks.h"
#include "confine.h"
#include "introduction.h"
#include "ledger.h"
#include "limiter.h"
#include "loop.h"
#include "plan.h"
#include "reap.h"
#include "session_id.h"
#include "settings.h"
#include "timer.h"
#include "traffic.h"

struct listener;
struct prong_service;
struct spare;

enum conn_state {
	CONN_FREE,
	CONN_RUNNING,
	CONN_TERMINATING,
	CONN_KILLED,
	CONN_FINISHING,
	/* Without a session yet. */
	CONN_ENTERING, /* in this very moment: being decided */
	CONN_ARRIVING, /* its PROXY header is awaited */
	CONN_WAITING,  /* for its turn, or for room */
	CONN_ASKING,   /* the policy program is asked; it has its place already */
};

/* Why prong ended it. */
enum cause {
	CAUSE_NONE,
	CAUSE_SESSION_TIMEOUT,
	CAUSE_IDLE_TIMEOUT,
	CAUSE_FIRST_BYTE_TIMEOUT,
	CAUSE_EOF_GRACE,
	CAUSE_HANGUP,
	CAUSE_DRAIN,
	CAUSE_KILL,
	CAUSE_SYSCALL, /* a forbidden one */
};

enum rest { REST_NONE, REST_TERMINATED, REST_KILLED, REST_STUCK };

#define CONN_ID_SIZE SESSION_ID_SIZE

/* Where in the pool it is: fixed for good. */
struct slot {
	uint32_t segment, offset;
};

struct conn {
	struct slot slot;
	struct conn *next_free;
	struct prong_service *service;
	enum conn_state state;
	enum cause cause;
	char id[CONN_ID_SIZE];
	uint64_t number;
	struct addr peer;
	uint32_t peer_uid, peer_gid; /* Unix */
	struct charge charge;

	struct introduction *introduction; /* by a proxy; NULL: it came by itself */
	uint32_t preface;                  /* bytes of the PROXY header */
	uint32_t waited;                   /* ms, before its session began */
	struct source *promised;           /* whose turn it waits for */
	TAILQ_ENTRY(conn) ready;           /* among those that wait for room */
	bool is_ready, has_waited, is_late;
	bool is_exempt;
	uint8_t time_left; /* percent of its time limits; 0: all of them */

	pid_t pid;             /* also its group; 0: none */
	int pidfd;             /* -1 when it was reaped and nobody of its group is left */
	int client_fd;         /* -1 where nobody asked for what needs it */
	int error_fd;          /* reading end of the program's error output, or -1 */
	int channel;           /* to a process that was started ahead: warm.h; else -1 */
	struct spare *ordered; /* the copy that is being made for it, or NULL */
	struct watch process_watch, client_watch, error_watch;
	struct timer timer;
	struct clocks clocks;

	enum start_how how;  /* when its process was started */
	uint64_t cpu_before; /* what that had used when it got its client */
	pid_t pid_before;    /* one that ended too early; 0: none did */
	/* Without a session when it was accepted, then when that began; `ended` when the
	 * process was reaped. */
	msec begun, ended;
	uint64_t mark;      /* progress after the last byte, at the latest look */
	uint64_t idle_mark; /* bytes moved, at the latest look */
	msec rest_until;    /* KILL to the rest of the group then */
	uint32_t rest_pause;
	enum rest rest;    /* what others of its group met that stayed behind */
	bool has_answered; /* what was started ahead has told of its client */
	bool client_eof;   /* the client has said its last byte */
	bool must_linger, is_lingering, has_rest;
	bool has_output_rest; /* its slot in the rests holds the begin of a line */

	struct confinement confinement;
	uint32_t forbidden; /* calls that it was told of, by a filter that others share */
	struct report report;
	struct ending ending;
	struct traffic traffic; /* as it was when the process ended */

	/* Error output: lines of the present second, and what was not told. */
	msec output_since;
	uint32_t output_lines;
	uint64_t output_dropped;
};

/* Takes over `fd`, whatever becomes of it.  True if a process was started, which takes
 * so long that others should have a turn. */
bool conn_begin(struct listener *, int fd, const struct addr *peer);

/* Gives everything back and tells.  The conn is free afterwards. */
void conn_end(struct conn *);

/* The same for one that never had a session; somebody has told already. */
void conn_leave(struct conn *);

/* It belongs to another service of the same name: a variant, or one that serves now. */
void conn_move(struct conn *, struct prong_service *to);

/* Nobody of this connection holds the source any more; NULL is fine. */
void conn_put_source(const struct conn *, struct source *);

/* Is there a place among those that wait without a session?  Then they come and go by
 * these; after the second it is ENTERING. */
bool conn_may_wait(const struct conn *);
void conn_begin_wait(struct conn *, enum conn_state);
void conn_end_wait(struct conn *);

/* For how long one that has no session yet was held back: a turn, room, a header, an
 * answer. */
msec conn_waited(const struct conn *);

/* Has it a process, or had one? */
bool conn_is_session(const struct conn *);

/* A time limit as it holds for this session: less under stress. */
msec conn_limit(const struct conn *, msec setting);

/* What it carried, without the PROXY header. */
struct traffic conn_traffic(const struct conn *);

/* Goes on with a session that another program began: everything in it is as it was, but
 * nothing is watched yet.  -ENOMEM, -ENOSPC: it cannot be. */
int conn_resume(struct conn *);

/* Asks the process and its group to end: TERM, and KILL after term-grace. */
void conn_terminate(struct conn *, enum cause);

/* KILL at once. */
void conn_kill(struct conn *, enum cause);

/* How long whoever got KILL may take to be gone before he is stuck: term-grace, and
 * never less than a machine that is merely busy takes. */
msec conn_killed_ms(const struct conn *);

/* To the process and its group. */
void conn_signal(const struct conn *, int number);

/* Arms the one timer for the earliest of the clocks. */
void conn_schedule(struct conn *);

/* Does a session with these settings keep a second descriptor of the client's socket? */
bool conn_needs_client(const struct settings *);

const char *conn_cause_name(enum cause);
