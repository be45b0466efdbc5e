/*
 * isolation -- what a service takes from its programs: the wishes, and the parts of its
 * plan
 *
 * Part of a service.  prepare_isolation makes it from the settings, engine_try() finds
 * out what the machine gives, and the plan points into it.  Owns what the parts allocate.
 */
#pragma once

#include "access.h"
#include "filter.h"
#include "isolation_plan.h"
#include "measures.h"

struct cgroup_pool;

struct isolation {
	struct measures measures;
	struct access access; /* what Landlock's ruleset is made of */
	struct plan_isolation
	    plan; /* plan.isolation of the service, where there is anything */
	struct cgroup_pool *cgroups; /* of its sessions; NULL: they have none */
	struct filter_program filter;
	void *secret; /* pages with the path of plan.exec_path; NULL: none */
	size_t secret_size;
	struct plan_isolation
	    cell_plan; /* of the cells' own process; make is 0: there are none */

	/* What cell_plan.mounts points to. */
	struct plan_mounts mounts;
	struct plan_mount *mount_list;
	char private_options[64];
};
