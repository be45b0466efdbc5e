/*
 * pool -- what a configuration owns, freed all at once
 *
 * Texts that live as long as the configuration, and arrays that grow.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct pool_block;

struct pool {
	struct pool_block *blocks;
};

/* A copy that lives until pool_done(), NUL-terminated; NULL: out of memory. */
char *pool_text(struct pool *, const char *bytes, size_t length);
void pool_done(struct pool *);

/* Room for one more of `size` bytes behind `count` items of an array that began as NULL;
 * false: out of memory, and the array is as it was. */
bool pool_grow(void *array, size_t count, size_t size);
