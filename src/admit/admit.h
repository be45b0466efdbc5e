/*
 * admit -- who may have a process
 *
 * Decides, never acts: no system call, no log line and no clock lives here.  The caller
 * brings the facts and carries out the verdict, so every rule can be tested with plain
 * numbers.  What admit_enter() charges admit_leave() gives back, exactly once, however
 * the session ended.  `prong why` asks the same function with the same facts.
 */
#pragma once

#include <stdbool.h>

#include "base.h"
#include "bucket.h"
#include "settings.h"
#include "sources.h"

/* One per service; what is counted outlives its settings. */
struct gate {
	uint32_t live, max;
	uint32_t
	    max_per_source; /* of the service, for whoever takes over: see allowance */
	bool refuses_when_full;
	uint32_t most; /* live at once so far */
	uint64_t entered, left;

	uint32_t pending; /* accepted, and not decided: will want a place */
	uint32_t reserve; /* of `max`: for those that are exempt */
	struct setting_drop drop;
	struct setting_rate rate;
	struct bucket bucket;
	msec rate_wait; /* longest until a client's turn; 0: it is refused at once */
	struct setting_stress stress;
	bool is_stressed;
};

/* What holds for a source: as the rule that let it in has it, or the service. */
struct allowance {
	uint32_t max_per_source;
	struct setting_rate rate_per_source;
};

/* Who asks.  Whose turn has come is no longer one of those who wait. */
struct applicant {
	const struct source *source; /* NULL: there is no place to remember it */
	struct allowance allowance;
	bool is_denied;  /* by a rule */
	bool is_exempt;  /* from all limits but `max` */
	bool has_waited; /* its turn has come: rates are settled */
	uint32_t chance; /* drawn at random: early-drop */
	msec now;
};

/* What a session owes and will give back; empty while `gate` is NULL. */
struct charge {
	struct gate *gate;
	struct source *source; /* NULL: one that is exempt and could not be counted */
};

enum verdict {
	ADMIT,
	ADMIT_LATER, /* its turn comes in `wait` */
	REFUSE_DENIED,
	REFUSE_PENALTY,
	REFUSE_UNKNOWN, /* the memory is full of sources that are shut out */
	REFUSE_SERVICE_FULL,
	REFUSE_SOURCE_FULL,
	REFUSE_EARLY,
	REFUSE_SOURCE_RATE,
	REFUSE_RATE,
};

struct ruling {
	enum verdict verdict;
	msec wait; /* until it comes, or until trying again makes sense; 0: not known */
};

/* Should the listeners be watched at all?  A full service that does not refuse leaves
 * new clients to the kernel's queue. */
bool admit_listening(const struct gate *);

/* Is there a place for one of these? */
bool admit_has_room(const struct gate *, bool is_exempt);

struct ruling admit_check(const struct gate *, const struct applicant *);

/* A turn was promised: the tokens are taken.  That it waits is counted by whoever lets it
 * wait. */
void admit_promise(struct gate *, struct source *, const struct applicant *);

/* Admitted: counts, and takes tokens unless it has waited for them or needs none.  The
 * source may be NULL where it is exempt. */
void admit_enter(
    struct charge *, struct gate *, struct source *, const struct applicant *);

/* Returns the source to be put back, or NULL if nothing was owed. */
struct source *admit_leave(struct charge *);

/* The same for one that was let in and turned away before it had a process of its own:
 * as if it had never entered, but its tokens are spent. */
struct source *admit_withdraw(struct charge *);

/* The chance that early-drop refuses with so many live, in percent: 0 to 100. */
unsigned admit_drop_percent(const struct setting_drop *, uint32_t live);

/* Counts `live` anew into whether the service is under stress; true if that changed.
 * Under stress from `stress` percent of `max` on, and until ten percent less. */
bool admit_stress(struct gate *);

/* Percent of its time limits that are left to a session that begins now; 0: there is no
 * stress, and it has them all. */
uint8_t admit_time_left(const struct gate *);

/* A time limit of which that is left. */
msec admit_shortened(msec limit, uint8_t percent);

/*
 * How long to pause after the n-th failure in a row (from 1): 10 ms, doubled each time,
 * at most a second, so that neither a spin nor a long silence comes of it.
 */
msec admit_pause(uint32_t failures);
