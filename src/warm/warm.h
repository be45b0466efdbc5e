/*
 * warm -- what the supervisor and those who wait for a connection say to each other
 *
 * A process that was started ahead has as fd 0 and 1 one end of an AF_UNIX
 * SOCK_SEQPACKET pair, the placeholder, in the place of the client's socket.  The
 * supervisor keeps the other end.  Each struct here is one message on such a pair; what
 * is sent with it by SCM_RIGHTS is said beside it.  Whoever waits ends when the pair's
 * other end is closed, and so with the supervisor.
 *
 * Plain numbers of one machine: both ends are always of one version.
 */
#pragma once

#include <stdint.h>

/* ---- to a process that waits: waiter, handler, or a program that is held ----------- */

enum warm_kind {
	/* fd: the client's socket, which takes the place of the placeholder; the process
	 * goes on.  `texts`: to a waiter what its environment lacks, "NAME=value" each;
	 * to a program that is held the values of its slots (see WARM_PAD), in their
	 * order; each with its NUL. */
	WARM_CONNECTION = 1,
	/* fds: another placeholder, and, if `has_error`, another error output.  A copy of
	 * the process is made, as a child of the supervisor, in a session of its own,
	 * and waits there as this one does; this one answers and goes on waiting. */
	WARM_COPY,
	/* From the tracer to a waiter that is to become a program: allow that process
	 * (`number`) to trace this one (Yama), answer WARM_READY, wait for WARM_GO. */
	WARM_TRACE,
	WARM_GO,
};

#define WARM_TEXTS_MAX 8192      /* bytes, to a waiter or a handler */
#define WARM_HELD_TEXTS_MAX 4096 /* bytes, to a program that is held */

/* RLIMIT_CPU, in seconds; UINT64_MAX: without a limit. */
struct warm_limit {
	uint64_t soft, hard;
};

struct warm_order {
	uint32_t kind;
	uint32_t number;     /* COPY: comes back in the answer; TRACE: a process id */
	int32_t bound_to;    /* COPY: KILL with this parent (PR_SET_PDEATHSIG); 0: not */
	uint32_t has_error;  /* COPY: the second descriptor becomes fd 2 */
	uint32_t text_count; /* the texts follow the struct */
	/* GO, and CONNECTION to a waiter: the path is to be executed from this address,
	 * by which alone a filter lets exec pass; 0: from anywhere.  Nobody else is to
	 * know it. */
	uint64_t exec_at;
	/* CONNECTION: what it has from here on, and gives itself: nobody else may, where
	 * it is another user and we lack CAP_SYS_RESOURCE, nor in time.  0: as it is. */
	struct warm_limit cpu;
};

/* ---- the other way --------------------------------------------------------------- */

enum warm_answer_kind {
	WARM_READY = 1, /* it may be traced now */
	WARM_COPIED,    /* `number` of the order, `value`: the copy's pid, or -errno */
	WARM_FAILED,    /* the program could not be executed, or not go on: -errno */
	WARM_TAKEN,     /* the connection: the process lives and will see to it */
};

struct warm_answer {
	uint32_t kind;
	uint32_t number;
	int32_t value;
};

/* ---- the waiter: prong-spare MODE PATH ARGV... ----------------------------------- */

/* MODE "spare": waits for a connection, then executes PATH with ARGV and the environment
 * of the order; without PATH ("") serves as the built-in that ARGV names.
 * MODE "warm": waits for a tracer, then executes PATH with ARGV and its own environment,
 * the placeholder still in the place of the client. */

/* ---- the environment of a program that is held ----------------------------------- */

/* A variable that is to be written when the connection is there has a value of nothing
 * but these bytes, at least WARM_PAD_LEAST of them: its slot.  The program sees "". */
#define WARM_PAD '\x1f'
#define WARM_PAD_LEAST 16
#define WARM_SLOTS_MAX 40

/* ---- the tracer: prong-hold ------------------------------------------------------ */

/* One process that starts one program under trace and ends.  fd 0 and 1: a SOCK_SEQPACKET
 * pair with the supervisor, on which one order comes and one report goes; fd 2: a
 * duplicate of the supervisor's end of the placeholder. */

enum hold_flag {
	HOLD_COPIES = 1,      /* is it fit to be copied? see hold_report.copy_refusal */
	HOLD_AS_ITS_USER = 2, /* the tracer has become the program's user, and hides from
				 others of it */
};

struct hold_order {
	int32_t pid;    /* of the waiter; our sibling */
	uint32_t flags; /* enum hold_flag */
	/* What the program is told of its socket while it starts: questions whose answer
	 * is the same for every connection.  0: not known, so asking is a touch. */
	uint32_t family;   /* SO_DOMAIN; with it SO_TYPE, SO_PROTOCOL, SO_ACCEPTCONN */
	uint32_t protocol; /* SO_PROTOCOL */
	uint32_t local_length; /* of getsockname(); 0: not known */
	uint8_t local[128];
	uint64_t exec_at; /* for the waiter */
};

enum hold_result {
	HOLD_HELD = 1,   /* it waits, and is not traced any more */
	HOLD_NOT_RUN,    /* the program could not be executed: error */
	HOLD_ENDED,      /* it ended before it touched the connection: status */
	HOLD_LET_GO,     /* it closed the connection before it touched it */
	HOLD_BY_CHILD,   /* a process that it started touches or keeps the connection */
	HOLD_FOREIGN,    /* code of another kind than ours: 32-bit on a 64-bit machine */
	HOLD_DENIED,     /* tracing is not allowed here: error */
	HOLD_UNREADABLE, /* the program may be executed but not read */
	HOLD_PRIVILEGED, /* a set-user-id or set-group-id program, or with capabilities */
	HOLD_TOO_MUCH,   /* more threads, processes or descriptors than can be held */
	HOLD_FAILED,     /* a step failed: error, detail */
};

struct hold_report {
	uint32_t result; /* enum hold_result */
	int32_t error;   /* errno; 0: none */
	int32_t status;  /* HOLD_ENDED: as wait(2) gives it */
	/* How many it has. */
	uint32_t threads, aliases, slots;
	uint64_t start_usec;   /* from the tracer's begin to the hold */
	char call[32];         /* what it was about to do: "read(0)"; "" if not held */
	char detail[96];       /* in words, for the log; may be "" */
	char copy_refusal[96]; /* HOLD_COPIES: why it cannot be copied, in words; "": it
				  can */
};
