/*
 * io -- whole writes, and errors in words
 *
 * Functions return a negative errno when they fail.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Like read(2) and write(2), but an interruption or a short write is not the end. */
long io_read(int fd, void *bytes, size_t size);
long io_write(int fd, const void *bytes, size_t count);

static inline bool
io_is_same(const char *one, const char *other)
{
	while (*one != '\0' && *one == *other) {
		one++;
		other++;
	}
	return *one == *other;
}

/* One line of error output in one write, made of texts; what is too long is cut. */
#define io_complain(...) io_complain_texts((const char *const[]){ __VA_ARGS__, NULL })
void io_complain_texts(const char *const texts[]);

/* Words for a negative errno; valid until the next call. */
const char *io_reason(long error);
