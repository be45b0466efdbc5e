/*
 * conn -- one connection from birth to account
 *
 *   FREE -begin-> RUNNING -deadline, hang-up, drain-> TERMINATING -grace-> KILLED
 *                    |_____________ process ended _________|__________________|
 *                                        v
 *                 FREE <-end-        FINISHING   the client still takes its answer, or
 *                                                the rest of the group is still ending
 *
 * conn_begin() is the only entrance and conn_end() the only exit; what the one takes the
 * other gives back, whatever happened between.  The parts: conn (entrance, exit,
 * signals), hangup (what the client does), finish (after the process), output (its
 * error output).
 */
#pragma once

#include "addr.h"
#include "admit.h"
#include "clocks.h"
#include "limiter.h"
#include "loop.h"
#include "plan.h"
#include "reap.h"
#include "timer.h"
#include "traffic.h"

struct listener;
struct prong_service;

enum conn_state {
	CONN_FREE,
	CONN_RUNNING,
	CONN_TERMINATING,
	CONN_KILLED,
	CONN_FINISHING,
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
};

enum rest { REST_NONE, REST_TERMINATED, REST_KILLED, REST_STUCK };

#define CONN_ID_SIZE 14 /* 13 characters of base 32 */

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

	pid_t pid;     /* also its group; 0: none */
	int pidfd;     /* -1 after the process was reaped */
	int client_fd; /* -1 where nobody asked for what needs it */
	int error_fd;  /* reading end of the program's error output, or -1 */
	struct watch process_watch, client_watch, error_watch;
	struct timer timer;
	struct clocks clocks;

	msec begun, ended;  /* `ended` when the process was reaped */
	uint64_t mark;      /* progress after the last byte, at the latest look */
	uint64_t idle_mark; /* bytes moved, at the latest look */
	msec rest_until;    /* KILL to the rest of the group then */
	uint32_t rest_pause;
	enum rest rest;  /* what others of its group met that stayed behind */
	bool client_eof; /* the client has said its last byte */
	bool must_linger, is_lingering, has_rest;
	bool has_output_rest; /* its slot in the rests holds the begin of a line */

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

/* Goes on with a session that another program began: everything in it is as it was, but
 * nothing is watched yet.  -ENOMEM, -ENOSPC: it cannot be. */
int conn_resume(struct conn *);

/* Asks the process and its group to end: TERM, and KILL after term-grace. */
void conn_terminate(struct conn *, enum cause);

/* KILL at once. */
void conn_kill(struct conn *, enum cause);

/* Arms the one timer for the earliest of the clocks. */
void conn_schedule(struct conn *);

/* Does a session with these settings keep a second descriptor of the client's socket? */
struct settings;
bool conn_needs_client(const struct settings *);

/* 13 characters, unique on this machine: time of start and number. */
void conn_id_put(char *id, uint64_t value);

const char *conn_cause_name(enum cause);
