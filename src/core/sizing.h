/*
 * sizing -- how many processes wait, started ahead
 *
 * Pure: the caller brings the facts and the time, and starts and ends processes.
 *
 * Up.  A client that finds none (a miss) doubles what is wanted; one that takes the last
 * adds one, so that a steady stream ends where one is left over.  A doubling has to show
 * what it is worth before the next: nothing grows until as many have arrived as it
 * ordered.  Until then every miss is the same news, and a burst, or a slow program, would
 * lead to the maximum by itself.  So what is wanted grows with the processes that were
 * used up, not with those who knocked.  What was ordered at the beginning counts as a
 * doubling.  Nor does anything grow while starting fails: more would not help.
 *
 * Down.  After each window of 10 s half of those go that nobody needed: what was left at
 * the worst moment, but one; everything if no client came.  Half, so that one quiet
 * window does not undo what a burst has taught.  At the minimum no window runs, and
 * nothing wakes an idle server.
 *
 * Failures.  One pause for all that were started together; after it one is started, and
 * only when it arrives the others.  A pause is the double of the one before, unless that
 * is long ago: what ends shortly after it has arrived is no better than what never does.
 */
#pragma once

#include <stdbool.h>

#include "base.h"

#define SIZING_WINDOW_MS 10000
#define SIZING_PAUSE_FIRST_MS 1000
#define SIZING_PAUSE_LONGEST_MS 300000

struct sizing {
	uint32_t min, max;    /* bounds: spares-min, spares-max; min <= max */
	uint32_t wanted;      /* between them */
	uint32_t awaited;     /* have to arrive before anything grows again */
	uint32_t least_ready; /* in this window, after a client; UINT32_MAX: none came */
	msec window_ends;     /* 0: nothing to shrink, no clock runs */
	uint32_t failures;    /* since one has arrived */
	uint32_t streak;      /* pauses that each came soon after another */
	msec failed_at;       /* when the latest began */
	msec retry_at;        /* no start before; 0: at once */
	bool has_given_up;    /* until sizing_forgive() */
};

void sizing_init(struct sizing *, uint32_t min, uint32_t max);

/* A client came, and `ready` processes were waiting just before; 0: a miss. */
void sizing_demand(struct sizing *, uint32_t ready, msec now);

/* What is due is done: the window is over, or the pause is.  True if sizing_missing() or
 * sizing_surplus() may say something else than before. */
bool sizing_tick(struct sizing *, msec now);

/* How many more to start now, given how many are ready and on their way; 0 in a pause
 * and after giving up. */
uint32_t sizing_missing(
    const struct sizing *, uint32_t ready, uint32_t starting, msec now);

/* No pause, and not given up: one may be started now. */
bool sizing_may_start(const struct sizing *, msec now);

/* How many of those that wait are too many. */
uint32_t sizing_surplus(const struct sizing *, uint32_t ready);

/* One got to where it waits. */
void sizing_arrived(struct sizing *);

/*
 * One did not, or has ended while it waited.  The pause, in msec: 1 s, doubled up to 5
 * minutes; what is left of it if it has begun.  0: given up, at once if `is_final`.
 */
msec sizing_failed(struct sizing *, bool is_final, msec now);

/* Another program, another set: from the beginning. */
void sizing_forgive(struct sizing *);

/* When sizing_tick() has something to do; 0: never. */
msec sizing_due(const struct sizing *);
