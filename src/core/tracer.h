/*
 * tracer -- a process that brings one program to its first touch of the connection
 *
 * prong-hold, one of the built-ins: see warm.h.  It is started for one program, says in
 * one report what came of it, and ends.  When it is killed the program is killed with it
 * (PTRACE_O_EXITKILL), so whoever loses patience ends both.
 */
#pragma once

#include <sys/types.h>

#include "warm.h"

struct nursery;

struct tracer {
	pid_t pid; /* 0: there is none */
	int pidfd;
	int report_fd; /* readable when it has reported, or ended */
};

/* `ids`: who the program is, if the tracer has to be the same user to trace it; or NULL.
 * -EAGAIN, -ENOMEM, -EMFILE, -ENFILE, or why the built-ins cannot be executed. */
struct tracer_ids {
	uid_t uid;
	gid_t gid;
};
int tracer_start(struct nursery *, const struct hold_order *, int channel,
    const struct tracer_ids *ids, struct tracer *ret_tracer);

/* What it has reported; HOLD_FAILED if it ended without a report.  The tracer is over
 * and reaped afterwards, which it does by itself at once. */
void tracer_finish(struct tracer *, struct hold_report *ret_report);

/* Of a parent: only the descriptors. */
void tracer_forget(struct tracer *);

/* Ends it, and the program with it. */
void tracer_kill(struct tracer *);
