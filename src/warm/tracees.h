/*
 * tracees -- the threads under our trace, of the program and of its children
 *
 * A table of fixed size; an entry keeps its place only until the next removal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "park.h"

#define TRACEES_MAX 512

/* What is to be done when the system call that a thread is in returns. */
enum tracee_after {
	AFTER_NOTHING,
	AFTER_ANSWER, /* the result is `answer` */
	AFTER_CLOSE,  /* is the connection still open anywhere? */
	AFTER_EXEC, /* it failed, or this would not be reached: the slots are restored */
};

struct tracee {
	int tid;
	int pid; /* of its process; -1: it has ended, or is not traced any more */
	enum tracee_after after;
	long answer;
	bool is_ending; /* it ends by itself, and does not stop again */
	bool has_executed;
	bool is_vforked;  /* its parent sleeps until it has executed a program */
	bool is_job_stop; /* it has got SIGSTOP or the like, and no SIGCONT yet */
	bool is_stopped;  /* and is left so: then these two are valid */
	enum park_stop stop;
	int signal; /* which it has not got yet; 0: none */
};

struct tracees {
	struct tracee all[TRACEES_MAX];
	uint32_t count;
};

/* The entry of a thread, a new one if it is not known yet; NULL: the table is full. */
struct tracee *tracees_add(struct tracees *, int tid);
/* NULL: not known. */
struct tracee *tracees_find(struct tracees *, int tid);
void tracees_remove(struct tracees *, int tid);

/* After an exec nothing is left of a process but one thread. */
void tracees_remove_others(struct tracees *, int pid);

/* Processes other than `pid`. */
uint32_t tracees_children(const struct tracees *, int pid);
