/*
 * limitword -- "stack=8M", "nofile=64:128", "cpu=30s", "core=unlimited"
 *
 * NAME=SOFT[:HARD] with the names that prlimit(1) has for the limits of setrlimit(2).
 * Sizes may have a unit, cpu is a time in whole seconds, rttime a time, of which a number
 * alone is microseconds; nice is 20 less the lowest nice(1) value that may be set.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tongue.h"

struct text;

#define LIMITWORD_UNLIMITED UINT64_MAX

struct limitword {
	int resource;        /* RLIMIT_... */
	uint64_t soft, hard; /* in the kernel's unit, or LIMITWORD_UNLIMITED */
};

/* How long its name is: without the "=". */
size_t limitword_name_length(const char *word);

/* 0, or -EINVAL with what is wrong in `wrong`, in whole phrases; nothing there if it is
 * not NAME=SOFT at all. */
int limitword_parse(
    const char *word, struct limitword *ret_limit, struct text *wrong, tongue_fn *);

/* "nofile"; NULL: a number that is no limit. */
const char *limitword_name(int resource);

/* The setting that says the same ("files"); NULL: there is none. */
const char *limitword_setting(int resource);
