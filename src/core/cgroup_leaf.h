/*
 * cgroup_leaf -- the cgroup of one session: its limits, and whether it can serve another
 */
#pragma once

#include <stdbool.h>

struct plan;
struct settings;

/* Which controllers (cgroup_home.h) the settings need. */
unsigned cgroup_leaf_controllers(const struct settings *);

/* 0 or -errno. */
int cgroup_leaf_limit(int fd, const struct settings *);

/* A program of that plan cannot have changed it. */
bool cgroup_leaf_is_out_of_reach(const struct plan *);

/* Much of the memory that it may have is still charged to it, though nobody is in it. */
bool cgroup_leaf_is_charged(int fd, const struct settings *);
