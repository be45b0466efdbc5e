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

#define PLAN_LIMITS 6

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
};

/* Where the child says which stage failed and why; stage 0: none did. */
struct report {
	int stage; /* enum stage */
	int error; /* errno */
};

/* The facts of one connection. */
struct birth {
	char *const *environment;
	int client_fd;     /* becomes 0 and 1 */
	int error_fd;      /* becomes 2 */
	int low_end;       /* both are below; all from here up is closed */
	bool has_handlers; /* the caller's signal handlers are still installed */
	struct report *report;
};
