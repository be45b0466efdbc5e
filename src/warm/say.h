/*
 * say -- short texts, for people and as paths, without a C library
 *
 * A text is NUL-terminated at any time, and cut where it is too long.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct say {
	char *text;
	size_t size, used;
};

struct say say_begin(char *text, size_t size);
void say_text(struct say *, const char *text);
void say_number(struct say *, uint64_t number);

/* Does `text` begin so? */
static inline int
say_begins(const char *text, const char *begin)
{
	while (*begin != '\0' && *text == *begin)
		text++, begin++;
	return *begin == '\0';
}
