/*
 * child -- the way of a new process from clone to exec
 *
 * Runs in memory that is still the supervisor's (vfork), so everything here writes to
 * nothing but its own stack and its report, and calls nothing that is not
 * async-signal-safe: no allocation, no stdio, no lock, no name lookup (enforced by
 * forbid.h and tools/check-child-symbols).
 */
#pragma once

#include "plan.h"

enum stage {
	STAGE_NONE,
	STAGE_LIMITS,
	STAGE_PRIORITY,
	STAGE_ENTER,      /* the service's user namespace, and the cell's pid namespace */
	STAGE_NAMESPACES, /* the others */
	STAGE_MOUNTS,     /* of a cell */
	STAGE_ROOT,
	STAGE_RULES, /* Landlock */
	STAGE_DESCRIPTORS,
	STAGE_FILES,
	STAGE_SIGNALS,
	STAGE_SESSION,
	STAGE_BOUNDING,
	STAGE_USER,
	STAGE_CAPABILITIES,
	STAGE_ORPHANS,
	STAGE_DIRECTORY,
	STAGE_FILTER, /* seccomp */
	STAGE_PROGRAM,
	STAGE_COUNT,
};

/* What operators call a stage: "descriptors", "user", ...; "?" for no stage. */
const char *child_stage_name(int stage);

/* What one may do when it failed with that errno value; "" if there is nothing good to
 * say. */
const char *child_stage_hint(int stage, int error);

/* Runs all stages but the last.  0, or the failed stage with *report filled. */
int child_prepare(const struct plan *, const struct birth *);

/* Runs all stages and execs; on failure *report is filled and the process ends with
 * status 125. */
_Noreturn void child_main(const struct plan *, const struct birth *);

/* Runs all stages but the last and ends: would they work? */
_Noreturn void child_try(const struct plan *, const struct birth *);
