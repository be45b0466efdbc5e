/*
 * prepare_isolation -- settings to what a program loses, before any process exists
 *
 * Each part reads the wishes in `service->isolation.measures`, fills its own members of
 * `service->isolation.plan`, and gives back what an earlier call made.  A part that finds
 * that the machine does not have its measure calls isolation_miss().
 */
#pragma once

#include "service.h"

/* What is wished for, which user and limits need to know before the parts; what was
 * struck out stays out.  0, or -EINVAL with a line for each contradiction. */
int isolation_want(struct prong_service *, struct text *message);

/* All parts in their order; plan.isolation is NULL if nothing is asked for.  0 or -errno,
 * with a line for each mistake. */
int prepare_isolation(struct prong_service *, struct text *message);

/* What wishes depend on besides settings. */
struct measures_facts isolation_facts(const struct prong_service *);

/* What the parts own. */
void isolation_done(struct prong_service *);

/* The machine does not have it: `why` says so, and what would help.  0 if the preset
 * asked for it, which then does without; -EOPNOTSUPP with a line in `message` if a
 * setting did. */
int isolation_miss(
    struct prong_service *, enum measure, const char *why, struct text *message);

/* A lack of this moment, which says nothing of what the machine has: what was left out
 * for it would be missing for as long as the service serves. */
bool isolation_is_passing(int error);

/* ---- the parts, one file each ---------------------------------------------------- */

/* prepare_privilege.c: capabilities, no-new-privileges, securebits. */
int prepare_privilege(struct prong_service *, struct text *message);

/* prepare_landlock.c: files, ports, scope. */
int prepare_landlock(struct prong_service *, struct text *message);
void prepare_landlock_done(struct prong_service *);

/* prepare_filter.c: syscalls. */
int prepare_filter(struct prong_service *, struct text *message);
void prepare_filter_done(struct prong_service *);

/* prepare_namespaces.c: network, namespaces, mounts, root. */
int prepare_namespaces(struct prong_service *, struct text *message);
void prepare_namespaces_done(struct prong_service *);

/* prepare_mounts.c: what a cell mounts, for prepare_namespaces.c. */
int prepare_mounts(struct prong_service *, bool has_pids, struct text *message);
void prepare_mounts_done(struct prong_service *);

/* prepare_cgroup.c: cgroup and its limits. */
int prepare_cgroup(struct prong_service *, struct text *message);
void prepare_cgroup_done(struct prong_service *);

/* When the service starts and its `max` is known, it has its pool, or it is clear why
 * not; with `is_check` nothing is made. */
int prepare_cgroup_open(struct prong_service *, bool is_check, struct text *message);
