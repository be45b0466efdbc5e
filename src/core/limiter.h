/*
 * limiter -- how often the same thing may be said
 *
 * A few lines in each window, then only a count, so that a flood fills no disk.  Pure.
 */
#pragma once

#include <stdbool.h>

#include "base.h"

#define LIMITER_WINDOW_MS 10000
#define LIMITER_LINES 10

struct limiter {
	msec since; /* begin of the window; 0: none */
	uint32_t told;
	uint64_t more; /* not told since */
};

/* May it be said now?  If not it is counted.  If so *ret_more is what was not said
 * before, over *ret_more_ms. */
bool limiter_allows(struct limiter *, msec now, uint64_t *ret_more, msec *ret_more_ms);

/* When limiter_flush() will have something to say; 0: never. */
msec limiter_due(const struct limiter *);

/* What was not said in the window that ended; 0 if there is nothing. */
uint64_t limiter_flush(struct limiter *, msec now);
