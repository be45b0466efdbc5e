/*
 * cgroup_home -- the cgroup below which those of sessions are
 *
 * Finds it, and says why it cannot be had.
 */
#pragma once

#include <stdbool.h>

#include "text.h"

enum cgroup_controller {
	CGROUP_MEMORY = 1 << 0,
	CGROUP_PIDS = 1 << 1,
	CGROUP_CPU = 1 << 2,
};

/* "memory" "pids" "cpu": that of bit i; NULL: there is none. */
const char *cgroup_home_controller(unsigned i);

#define CGROUP_PATH_MAX 1024
#define CGROUP_SUPERVISOR "prong-supervisor"

struct cgroup_home {
	int fd;                     /* its directory; -1 */
	char path[CGROUP_PATH_MAX]; /* as /proc/PID/cgroup has it */
	bool is_above_us;           /* "auto": we are in CGROUP_SUPERVISOR below it */
};

/* `where`: "auto" (our own) or a path.  0, or -errno and in `why` what is missing and
 * what would help. */
int cgroup_home_open(struct cgroup_home *, const char *where, struct text *why);
void cgroup_home_close(struct cgroup_home *);

/* Would cgroup_enable() be allowed to?  Changes nothing. */
int cgroup_home_check(const struct cgroup_home *, unsigned controllers, struct text *why);
