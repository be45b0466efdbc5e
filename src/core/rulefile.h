/*
 * rulefile -- the bytes of a file of rules
 *
 * Read whole, at once, before anybody is served: a file that is replaced meanwhile is
 * seen as it was or as it is.  Only regular files, and none without end.
 */
#pragma once

#include "text.h"

#define RULEFILE_MOST (64U << 20)

/* 0, with NUL behind the bytes, to be freed; -ENOMEM; or what is wrong, to follow the
 * path, and what would help. */
int rulefile_read(
    const char *path, char **ret_bytes, size_t *ret_count, struct text *wrong);

/* What speaks against trusting the file, whose lines may name a program and a user; NULL:
 * nothing. */
const char *rulefile_doubt(const char *path);
