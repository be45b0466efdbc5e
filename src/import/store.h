/*
 * store -- memory that is given back all at once; lists of words in it
 *
 * An import reads some files, prints and ends, so nothing of it is freed one by one.
 * When memory runs out the store remembers it, strings become empty and lists stop
 * growing: callers go on, and whoever prints looks at `is_exhausted` first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base.h"

struct store {
	struct store_block *blocks;
	bool is_exhausted;
};

void store_done(struct store *);

/* Zeroed; NULL when there is no memory. */
void *store_take(struct store *, size_t size);

/* Never NULL. */
const char *store_copy(struct store *, const char *text, size_t length);
const char *store_printf(struct store *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `at` is not NULL-terminated; NULL while empty. */
struct words {
	const char **at;
	size_t count, room;
};

void words_add(struct words *, struct store *, const char *word);

/* Adds what stands between blanks. */
void words_split(struct words *, struct store *, const char *text);

/* From the word `first` on, a space between two; "" if there are none. */
const char *words_join(const struct words *, struct store *, size_t first);

bool words_have(const struct words *, const char *word);
