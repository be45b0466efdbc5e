/*
 * stages -- the steps of a child, one function each
 *
 * Every stage takes the plan and the birth, and returns 0 or -errno.
 */
#pragma once

#include <sched.h>

#include "plan.h"

/* Does the way go on in one more process?  To make a pid namespace, or to enter one with
 * no more rights than the service's user namespace gives. */
static inline bool
is_split(const struct plan_isolation *isolation)
{
	return isolation != NULL &&
	       (isolation->make != 0 ||
		   ((isolation->enter & CLONE_NEWPID) != 0 && isolation->user_fd >= 0));
}

/* stages_limits.c */
int stage_limits(const struct plan *, const struct birth *);
int stage_files(const struct plan *, const struct birth *);
int stage_priority(const struct plan *, const struct birth *);

/* stages_enter.c */
int stage_enter(const struct plan *, const struct birth *);
int stage_namespaces(const struct plan *, const struct birth *);

/* stages_mounts.c */
int stage_mounts(const struct plan *, const struct birth *);
int stage_root(const struct plan *, const struct birth *);

/* stages_rules.c: Landlock */
int stage_rules(const struct plan *, const struct birth *);

/* stages_privilege.c */
int stage_bounding(const struct plan *, const struct birth *);
int stage_user(const struct plan *, const struct birth *);
int stage_capabilities(const struct plan *, const struct birth *);

/* stages_filter.c: seccomp */
int stage_filter(const struct plan *, const struct birth *);

/* stages.c */
int stage_descriptors(const struct plan *, const struct birth *);
int stage_signals(const struct plan *, const struct birth *);
int stage_session(const struct plan *, const struct birth *);
int stage_orphans(const struct plan *, const struct birth *);
int stage_directory(const struct plan *, const struct birth *);
int stage_program(const struct plan *, const struct birth *);
