/*
 * park -- a stopped program is made to wait for its connection, untraced
 *
 * The program is under our trace, all its threads stopped: one at the entry of the system
 * call that touches the placeholder, the others wherever they were.  park_program()
 * maps a few pages into it, puts the code of parasite.c there, saves every thread's
 * registers and signal mask and points each thread at that code.  After the caller has
 * detached from all of them, the thread that touched sits in recvmsg() on the
 * placeholder, the others in a futex; on a WARM_CONNECTION the client's socket is put
 * over every alias of the placeholder, and each thread goes on exactly where it was: the
 * touching thread by making its system call again, now on the real socket.
 */
#pragma once

#include <stdbool.h>

#include "warm.h"

#define PARK_THREADS_MAX 256

/* How a thread is stopped. */
enum park_stop {
	PARK_AT_ENTRY, /* at the entry of a system call, which is to be made again */
	PARK_IN_USER,  /* anywhere else: registers as they are, and a call that the stop
			* interrupted is restarted as the kernel would (-ERESTART...) */
};

struct park_thread {
	int tid;
	enum park_stop stop;
};

/* A variable of the environment that is written at the hand-over. */
struct park_slot {
	unsigned long address; /* of the value's first byte, in the program */
	uint32_t size;         /* with the NUL */
};

struct park_order {
	int pid;
	/* What its descriptors of the placeholder lead to in /proc/PID/fd, such as
	 * "socket:[4711]"; NULL: fd 0, or else fd 1, is a socket, and that. */
	const char *placeholder;
	const struct park_thread *threads; /* the first is the one that touched */
	uint32_t thread_count;
	const struct park_slot *slots;
	uint32_t slot_count;
	bool for_copies; /* look whether it can be copied, and prepare for it */
	/* Facts that only the trace knows, and which forbid copies; NULL: none. */
	const char *copy_refusal;
};

/* HOLD_HELD, or another result with error and detail filled.  Fills aliases, slots,
 * copy_refusal of the report.  The threads stay stopped and traced in any case. */
enum hold_result park_program(const struct park_order *, struct hold_report *);
