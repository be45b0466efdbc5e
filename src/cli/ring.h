/*
 * ring -- bytes in the order they came, in memory that never grows
 *
 * What is put goes in whole or not at all, so a line is never half there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

struct ring {
	char *bytes;
	size_t size, start, used;
};

/* -ENOMEM */
int ring_init(struct ring *, size_t size);
void ring_done(struct ring *);

bool ring_put(struct ring *, const void *bytes, size_t length);

/* The oldest bytes, at most `most`, in up to two pieces; returns how many pieces. */
int ring_peek(const struct ring *, size_t most, struct iovec ret_parts[2]);

/* Copies `length` bytes from `offset` on; they must be there. */
void ring_copy(const struct ring *, size_t offset, void *ret_bytes, size_t length);

/* Forgets the oldest bytes. */
void ring_take(struct ring *, size_t length);

/* How many bytes in it are newlines. */
size_t ring_lines(const struct ring *);
