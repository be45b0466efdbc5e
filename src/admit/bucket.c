/*
 * bucket -- the generic cell rate algorithm, in nanoseconds
 *
 * `full_at` is the theoretical arrival time of the first cell that would find a full
 * bucket.  Each token is worth one interval; the bucket is empty when it needs `burst`
 * intervals to be full.
 */
#include "bucket.h"

#define NSEC 1000000 /* in a millisecond */

/* 73 years.  Three of them can be added up. */
#define LONGEST ((int64_t)1 << 61)

static int64_t
nsec_of(msec time)
{
	return time < LONGEST / NSEC ? time * NSEC : LONGEST;
}

static msec
msec_of(int64_t nsec)
{
	return nsec / NSEC + (nsec % NSEC > 0);
}

static int64_t
interval_of(const struct setting_rate *rate)
{
	int64_t interval = nsec_of(rate->per) / rate->count;

	return interval > 0 ? interval : 1;
}

/* How long an empty bucket needs. */
static int64_t
depth_of(const struct setting_rate *rate)
{
	int64_t depth;

	if (__builtin_mul_overflow(interval_of(rate), (int64_t)rate->burst, &depth))
		return LONGEST;
	return depth < LONGEST ? depth : LONGEST;
}

/* How long until it is full. */
static int64_t
debt_of(const struct bucket *bucket, msec now)
{
	int64_t at = nsec_of(now);

	return bucket->full_at > at ? bucket->full_at - at : 0;
}

static bool
is_of_another_rate(int64_t debt, int64_t depth, msec ahead)
{
	return debt - depth > nsec_of(ahead);
}

msec
bucket_wait(
    const struct bucket *bucket, const struct setting_rate *rate, msec ahead, msec now)
{
	int64_t debt, depth, wait;

	if (rate->count == 0)
		return 0;
	debt = debt_of(bucket, now);
	depth = depth_of(rate);
	if (is_of_another_rate(debt, depth, ahead))
		return 0;
	wait = debt + interval_of(rate) - depth;
	return wait > 0 ? msec_of(wait) : 0;
}

void
bucket_take(struct bucket *bucket, const struct setting_rate *rate, msec ahead, msec now)
{
	int64_t debt, depth;

	if (rate->count == 0)
		return;
	debt = debt_of(bucket, now);
	depth = depth_of(rate);
	if (is_of_another_rate(debt, depth, ahead))
		bucket->full_at = nsec_of(now) + depth;
	else
		bucket->full_at = nsec_of(now) + debt + interval_of(rate);
}

uint32_t
bucket_left(const struct bucket *bucket, const struct setting_rate *rate, msec now)
{
	int64_t left;

	if (rate->count == 0)
		return rate->burst;
	left = depth_of(rate) - debt_of(bucket, now);
	return left > 0 ? (uint32_t)(left / interval_of(rate)) : 0;
}

msec
bucket_full_at(const struct bucket *bucket)
{
	return msec_of(bucket->full_at);
}
