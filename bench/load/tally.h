/*
 * tally -- what a run of the load client adds up to
 *
 * Counts completed and failed exchanges and keeps each completed one's times: until
 * the first byte of the answer, and until its end.  Prints the whole as one line of JSON.
 * Remembers up to TALLY_TIMES times, counts all.
 */
#pragma once

#include <stdint.h>

enum { TALLY_TIMES = 1 << 22 };

struct tally {
	uint64_t completed, failed, bytes;
	double seconds;
	uint32_t *firsts_us, *times_us;
};

void tally_init(struct tally *);
void tally_done(struct tally *);
void tally_add(struct tally *, uint64_t first_ns, uint64_t time_ns);

/* One line on the standard output; sorts the times. */
void tally_print(struct tally *);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t tally_now_ns(void);
