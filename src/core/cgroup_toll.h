/*
 * cgroup_toll -- which of its limits a session met, and how often
 *
 * The kernel counts from the making of a cgroup on; what one session did is the
 * difference to what stood there before.
 */
#pragma once

#include <stdint.h>

#include "text.h"

struct cgroup_toll {
	uint64_t ooms, oom_kills; /* memory.events */
	uint64_t memory_hits;
	uint64_t pids_hits;                 /* pids.events */
	uint64_t throttled, throttled_usec; /* cpu.stat */
	uint64_t memory_stall, cpu_stall;   /* pressure, in microseconds */
	uint64_t memory_peak;               /* bytes; 0: the kernel does not say */
};

/* What stands in the files of those controllers (cgroup_home.h) now. */
void cgroup_toll_read(int fd, unsigned controllers, struct cgroup_toll *);

/* What has come since, of one session: `oom_kills` are the processes that were killed. */
struct cgroup_toll cgroup_toll_since(
    const struct cgroup_toll *now, const struct cgroup_toll *before);

/* "memory-max (1 killed), pids-max 12 times", or nothing. */
void cgroup_toll_put(struct text *, const struct cgroup_toll *);
