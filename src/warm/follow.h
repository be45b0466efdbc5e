/*
 * follow -- a program under trace, from its exec to its first touch of the connection
 *
 * What its threads and children do, one thing at a time: their system calls (calls.h),
 * signals, which are passed on, stops by job control, which are kept, and the coming and
 * going of threads and processes.  gather.h has the loop around it.
 *
 * Functions return 0, or the enum hold_result of a program that cannot be held; the rest
 * of the report is filled then.  Whoever is traced is killed when the tracer ends.
 */
#pragma once

#include "placeholder.h"
#include "padding.h"
#include "tracees.h"

/* Who is to stay at the next stop. */
enum follow_phase {
	FOLLOW_RUN,     /* nobody */
	FOLLOW_PROGRAM, /* the threads of the program: one of them touches */
	FOLLOW_ALL,     /* its children as well */
};

struct follow {
	const struct hold_order *order;
	struct hold_report *report;
	enum follow_phase phase;
	int touched; /* the thread that is about to touch the connection; 0: none yet */
	bool is_program; /* the first exec is behind us: it is no longer the waiter */
	bool has_timer;
	bool has_closed; /* somebody has closed a descriptor of the connection */
	struct placeholder placeholder;
	struct padding padding;
	struct tracees tracees;
};

static inline bool
follow_is_main(const struct follow *follow, const struct tracee *tracee)
{
	return tracee->pid == follow->order->pid;
}

/* Deals with one thing that has happened, or waits for one. */
int follow_next(struct follow *, bool waits, bool *ret_happened);

/* Somebody who was made to stay goes on; a system call that was not looked at is now. */
int follow_continue(struct follow *, struct tracee *);

/* Is the connection open in any process that is traced?  0, or HOLD_LET_GO. */
int follow_check_open(const struct follow *);
