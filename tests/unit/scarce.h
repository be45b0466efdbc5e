/*
 * scarce -- memory runs out after so many allocations
 *
 * For programs that are linked with unit_config_wrap_args.
 */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* How many allocations still succeed; negative: all. */
static int scarce_left = -1;

static bool
scarce_refuses(void)
{
	if (scarce_left < 0)
		return false;
	if (scarce_left > 0) {
		scarce_left--;
		return false;
	}
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *string);
char *__wrap_strdup(const char *string);
int __wrap_asprintf(char **ret_string, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *
__wrap_malloc(size_t size)
{
	return scarce_refuses() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return scarce_refuses() ? NULL : __real_calloc(count, size);
}

void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return scarce_refuses() ? NULL : __real_reallocarray(old, count, size);
}

char *
__wrap_strdup(const char *string)
{
	return scarce_refuses() ? NULL : __real_strdup(string);
}

int
__wrap_asprintf(char **ret_string, const char *format, ...)
{
	va_list words;
	int length;

	if (scarce_refuses())
		return -1;
	va_start(words, format);
	length = vasprintf(ret_string, format, words);
	va_end(words);
	return length;
}
