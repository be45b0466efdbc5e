/*
 * mistakes -- what is wrong with a command line, all of it at once
 *
 * Everyone who reads a part of the command line reports here and goes on, so the
 * operator mends everything in one go.  Words from outside are escaped.
 */
#pragma once

#include <stdio.h>

struct mistakes {
	FILE *out;
	unsigned count;
};

/* One line, "prong: ..."; counts. */
void mistakes_add(struct mistakes *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A further line, indented, that belongs to the last mistake. */
void mistakes_hint(struct mistakes *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
