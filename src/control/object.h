/*
 * object -- one flat JSON object a line, into fixed memory
 *
 * Pure.  A text that does not fit is shortened, a number left out, and the object then
 * says "truncated":true; it is a whole object in any case.  OBJECT_BYTES of room are
 * enough for every object of ours.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#define OBJECT_BYTES 4096

struct object {
	struct text *line;
	size_t begun; /* where in the line */
	bool is_cut;
};

/* The line must have room for at least 64 bytes. */
void object_begin(struct object *, struct text *line);
void object_text(struct object *, const char *key, const char *value);
void object_number(struct object *, const char *key, int64_t value);
void object_bool(struct object *, const char *key, bool value);
void object_end(struct object *);
