/*
 * arena -- what a configuration owns, freed all at once
 *
 * Texts that live as long as the configuration, and arrays that grow.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
};

/* A copy that lives until arena_done(), NUL-terminated; NULL: out of memory. */
char *arena_text(struct arena *, const char *bytes, size_t length);
void arena_done(struct arena *);

/* Room for one more of `size` bytes behind `count` items of an array that began as NULL;
 * false: out of memory, and the array is as it was. */
bool arena_grow(void *array, size_t count, size_t size);
