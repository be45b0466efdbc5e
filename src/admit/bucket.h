/*
 * bucket -- how often
 *
 * A token bucket that holds one number: when it will be full again.  It needs no timer,
 * and another rate may be put in force at any time.  A token can be taken before it is
 * there: that is what a client's turn is.  Pure.
 *
 * A token comes every `per` / `count`, in whole nanoseconds, rounded down.  What would
 * take more than a human life to fill, or is told of a clock that old, counts as that.
 */
#pragma once

#include <stdbool.h>

#include "base.h"
#include "settings.h"

struct bucket {
	int64_t full_at; /* nanoseconds of the clock whose msec are passed; 0: full */
};

/*
 * How long until a token is there: 0: now.  Without a rate always 0.  `ahead` is how long
 * before they are there tokens are taken, at most.  A debt that cannot be under this rate
 * is left from another one: then one token is there, and that is the last.
 */
msec bucket_wait(
    const struct bucket *, const struct setting_rate *, msec ahead, msec now);

/* Takes one, there or not; without a rate nothing is taken. */
void bucket_take(struct bucket *, const struct setting_rate *, msec ahead, msec now);

/* Whole tokens that are there now: 0 to burst. */
uint32_t bucket_left(const struct bucket *, const struct setting_rate *, msec now);

/* The first millisecond at which it is as if never used. */
msec bucket_full_at(const struct bucket *);
