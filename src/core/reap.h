/*
 * reap -- how a child ended, and what it cost
 *
 * Each child by its own pidfd, in constant time whatever number is alive; waiting for
 * "any child" walks all of them (kernel/exit.c do_wait) and would take what is not ours.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base.h"

enum ending_kind {
	ENDING_UNKNOWN, /* somebody else took its status, and Linux is older than 6.15 */
	ENDING_EXITED,  /* status: exit code */
	ENDING_KILLED,  /* status: signal number */
	ENDING_STAGE,   /* a stage failed: the program never ran */
	ENDING_UNSTARTED, /* there was no process */
};

#define REAP_NO_COST UINT64_MAX

struct ending {
	enum ending_kind kind;
	int status;
	bool dumped_core;
	int stage, error;  /* ENDING_STAGE, ENDING_UNSTARTED */
	uint64_t cpu_usec; /* REAP_NO_COST: somebody else took its status */
	uint64_t peak_kb;
};

/* "exited" "killed" "stage" "unstarted" "unknown" */
const char *reap_kind_name(enum ending_kind);

/* Are cpu_usec and peak_kb known? */
bool reap_has_cost(const struct ending *);

/* Takes the status of an ended child.  false: it has not ended. */
bool reap_collect(int pidfd, struct ending *ret_ending);

/* Any ended child that nobody took yet, left in place; 0 if there is none.  Walks all
 * children. */
pid_t reap_peek_any(void);

/* Takes one child by pid.  false: it is none of ours, or has not ended. */
bool reap_orphan(pid_t pid, int *ret_status);
