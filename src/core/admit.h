/*
 * admit -- who may have a process
 *
 * Decides, never acts: no system call, no log line and no clock lives here.  The caller
 * brings the facts and carries out the verdict, so every rule can be tested with plain
 * numbers.  What admit_enter() charges admit_leave() gives back, exactly once, however
 * the session ended.
 */
#pragma once

#include <stdbool.h>

#include "base.h"
#include "sources.h"

/* One per service. */
struct gate {
	uint32_t live, max;
	uint32_t max_per_source; /* 0: as many as `max` */
	bool refuses_when_full;
	uint32_t most; /* live at once so far */
	uint64_t entered, left;
};

/* What a session owes and will give back; empty while `gate` is NULL. */
struct charge {
	struct gate *gate;
	struct source *source;
};

enum verdict { ADMIT, REFUSE_SERVICE_FULL, REFUSE_SOURCE_FULL };

/* Should the listeners be watched at all?  A full service that does not refuse leaves
 * new clients to the kernel's queue. */
bool admit_listening(const struct gate *);

enum verdict admit_check(const struct gate *, const struct source *);
void admit_enter(struct charge *, struct gate *, struct source *);

/* Returns the source to be put back, or NULL if nothing was owed. */
struct source *admit_leave(struct charge *);

/*
 * How long to pause after the n-th failure in a row (from 1): 10 ms, doubled each time,
 * at most a second, so that neither a spin nor a long silence comes of it.
 */
msec admit_pause(uint32_t failures);
