/*
 * cgroup_enable -- the cgroups below a home have its controllers
 *
 * A cgroup that gives its controllers to those below may have no process of its own
 * (cgroups(7), "no internal processes"), so prong, and what it has started, moves into
 * CGROUP_SUPERVISOR then; nobody else is moved.
 */
#pragma once

#include "cgroup_home.h"

/* 0, or -errno and in `why` what stands in the way. */
int cgroup_enable(const struct cgroup_home *, unsigned controllers, struct text *why);

/* Back to where we were, if nobody else needs the controllers. */
void cgroup_enable_undo(void);
