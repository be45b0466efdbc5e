/*
 * padding -- variables of the environment that get their values at the hand-over
 *
 * The supervisor puts them into the environment with values of padding (WARM_PAD), so
 * that there is room.  The program must not see the padding, but what it executes in its
 * own place (env, a shell's exec) must get it again.
 */
#pragma once

#include <stddef.h>

#include "park.h"

/* The end of "NAME=", by which a slot is known again. */
#define PADDING_NAME_KEPT 32

struct padding {
	struct park_slot all[WARM_SLOTS_MAX];
	char names[WARM_SLOTS_MAX][PADDING_NAME_KEPT]; /* the last byte is '=' */
	uint32_t count;
};

/* A walk over an environment, in as many pieces as one likes. */
struct padding_walk {
	unsigned long value;          /* the address of its value; 0: in a name */
	uint32_t length;              /* so far */
	bool is_padding;              /* so far */
	char name[PADDING_NAME_KEPT]; /* its end so far */
};

/* Finds slots in `bytes`, which the program has at `address`. */
void padding_walk(struct padding *, struct padding_walk *, const char *bytes,
    size_t count, unsigned long address);

/* Those of the process, after its exec, instead of whatever there was; 0 or -errno. */
long padding_find(struct padding *, int pid);
/* The program sees "". */
void padding_empty(const struct padding *, int pid);
/* What it executes finds the padding again. */
void padding_restore(const struct padding *, int pid);
/* Those that the program has overwritten keep their place, and get the size 0. */
void padding_check(struct padding *, int pid);
