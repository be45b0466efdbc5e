/*
 * plan -- everything a child needs, prepared in advance, read-only
 *
 * Written once by core/prepare before any process exists; the child only reads it.  Plain
 * data: numbers, finished strings, no name that still has to be looked up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "isolation_plan.h"

#define PLAN_LIMITS 24

struct plan_limit {
	int resource; /* RLIMIT_... */
	struct rlimit value;
};

struct plan {
	/* The program.  `image_fd` >= 0: exec this open file (a built-in, close-on-exec,
	 * below birth.low_end) and not `path`. */
	const char *path;
	char *const *argv;
	int image_fd;

	/* Signals that the host ignores, which exec would hand on. */
	uint64_t ignored_signals;

	struct plan_limit limits[PLAN_LIMITS];
	size_t limit_count;

	bool has_nice;
	int nice;
	mode_t umask;
	const char *dir; /* NULL: stay */

	/* KILL when this process, our parent, is no more; 0: the program may outlive it.
	 */
	pid_t bound_to;

	/* Who the program runs as. */
	bool has_ids;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	bool is_prongs_own; /* all of it: not to have the right is no failure */

	const struct plan_isolation *isolation; /* NULL: nothing is taken away */
};

/* Where the child says which stage failed and why; stage 0: none did. */
struct report {
	int stage;  /* enum stage */
	int error;  /* errno */
	int detail; /* which of several it was about, from 1: a mount, a rule, a limit; 0:
		       none */
	bool is_through; /* of a trial: it came to its end */
};

#define DETAIL_PROC (-1) /* the /proc of a pid namespace */

/* The facts of one connection. */
struct birth {
	char *const *environment;
	int client_fd;     /* becomes 0 and 1 */
	int error_fd;      /* becomes 2 */
	int low_end;       /* both are below; all from here up is closed */
	bool has_handlers; /* the caller's signal handlers are still installed */
	struct report *report;
	int cgroup_fd; /* to be entered by the child itself; 0: none, or it was born there
			*/
	const struct birth_isolation *isolation; /* NULL: the plan has none */
};
