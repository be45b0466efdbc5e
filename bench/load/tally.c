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
	*tally = (struct tally){ .firsts_us = calloc(TALLY_TIMES, sizeof(uint32_t)),
		.times_us = calloc(TALLY_TIMES, sizeof(uint32_t)) };
	if (tally->firsts_us == NULL || tally->times_us == NULL)
		err(111, "memory for %d times", TALLY_TIMES);
}

void
tally_done(struct tally *tally)
{
	free(tally->firsts_us);
	free(tally->times_us);
	tally->firsts_us = tally->times_us = NULL;
}

void
tally_add(struct tally *tally, uint64_t first_ns, uint64_t time_ns)
{
	if (tally->completed < TALLY_TIMES) {
		tally->firsts_us[tally->completed] = (uint32_t)(first_ns / 1000);
		tally->times_us[tally->completed] = (uint32_t)(time_ns / 1000);
	}
	tally->completed++;
}

static int
tally_order(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

/* Prints the quantiles of some times, whose names begin with `prefix`; sorts them. */
static void
tally_print_times(const char *prefix, uint32_t *times_us, uint64_t kept)
{
	static const struct {
		const char *name;
		unsigned per_thousand;
	} quantiles[] = { { "p50", 500 }, { "p90", 900 }, { "p99", 990 },
		{ "max", 1000 } };

	qsort(times_us, kept, sizeof(uint32_t), tally_order);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		uint64_t at =
		    kept == 0 ? 0 : (kept - 1) * quantiles[i].per_thousand / 1000;

		printf("\"%s%s_us\":%u,", prefix, quantiles[i].name, times_us[at]);
	}
}

void
tally_print(struct tally *tally)
{
	uint64_t kept = tally->completed < TALLY_TIMES ? tally->completed : TALLY_TIMES;
	double seconds = tally->seconds > 0 ? tally->seconds : 1e-9;

	printf("{\"completed\":%ju,\"failed\":%ju,\"seconds\":%.6f,\"per_second\":%.1f,",
	    (uintmax_t)tally->completed, (uintmax_t)tally->failed, tally->seconds,
	    (double)tally->completed / seconds);
	tally_print_times("", tally->times_us, kept);
	tally_print_times("first_", tally->firsts_us, kept);
	printf("\"bytes\":%ju,\"bytes_per_second\":%.0f}\n", (uintmax_t)tally->bytes,
	    (double)tally->bytes / seconds);
}

uint64_t
tally_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
