/*
 * tally -- see tally.h
 */
#include "tally.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void
tally_init(struct tally *tally)
{
	*tally = (struct tally){ .times_us = calloc(TALLY_TIMES, sizeof(uint32_t)) };
	if (tally->times_us == NULL)
		err(111, "memory for %d times", TALLY_TIMES);
}

void
tally_done(struct tally *tally)
{
	free(tally->times_us);
	tally->times_us = NULL;
}

void
tally_add(struct tally *tally, uint64_t time_ns)
{
	if (tally->completed < TALLY_TIMES)
		tally->times_us[tally->completed] = (uint32_t)(time_ns / 1000);
	tally->completed++;
}

static int
tally_order(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

static uint32_t
tally_quantile(const struct tally *tally, uint64_t kept, unsigned per_thousand)
{
	if (kept == 0)
		return 0;
	return tally->times_us[(kept - 1) * per_thousand / 1000];
}

void
tally_print(struct tally *tally)
{
	uint64_t kept = tally->completed < TALLY_TIMES ? tally->completed : TALLY_TIMES;
	double seconds = tally->seconds > 0 ? tally->seconds : 1e-9;

	qsort(tally->times_us, kept, sizeof(uint32_t), tally_order);
	printf("{\"completed\":%ju,\"failed\":%ju,\"seconds\":%.6f,\"per_second\":%.1f,"
	       "\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,\"max_us\":%u,"
	       "\"bytes\":%ju,\"bytes_per_second\":%.0f}\n",
	    (uintmax_t)tally->completed, (uintmax_t)tally->failed, tally->seconds,
	    (double)tally->completed / seconds, tally_quantile(tally, kept, 500),
	    tally_quantile(tally, kept, 900), tally_quantile(tally, kept, 990),
	    tally_quantile(tally, kept, 1000), (uintmax_t)tally->bytes,
	    (double)tally->bytes / seconds);
}

uint64_t
tally_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
