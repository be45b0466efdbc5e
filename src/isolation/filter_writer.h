/*
 * filter_writer -- the instructions of a filter as they are written
 *
 * Between filter_write.c, which writes the tree of all calls, and filter_guard.c, which
 * writes what decides about a call by its arguments.
 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base.h"
#include "filter.h"

#define WRITER_CODE_MAX 3000 /* BPF_MAXINSNS is 4096 */

struct writer {
	struct sock_filter code[WRITER_CODE_MAX];
	size_t used;
	bool is_full;
	uint32_t forbidden;
	bool makes_copies;
	const struct filter_secret *secret;
	/* Of the block that is written. */
	size_t block_end;
	uint32_t returns[4]; /* allowed, forbidden, missing, killed */
	size_t return_count;
};

void filter_put(struct writer *, struct sock_filter);
void filter_put_return(struct writer *, uint32_t value);
void filter_put_load(struct writer *, size_t offset);

/* Skips that many instructions if it is so, or if it is not. */
void filter_put_jump(
    struct writer *, int test, uint32_t value, unsigned then, unsigned otherwise);

/* Writes what decides about one call, whose number is the accumulator's. */
typedef void filter_guard_fn(struct writer *);

/* Of the call with that number, if so much is granted; NULL: none is needed. */
filter_guard_fn *filter_guard(int number, enum filter_grant);
