/*
 * unit_file -- the syntax of systemd's units: sections, keys, values
 *
 * Of a unit and its drop-ins, read one after the other, the last value of a key counts;
 * where a key makes a list its values add up, and an empty one begins anew.
 */
#pragma once

#include "draft.h"

struct unit_entry {
	struct unit_entry *next;
	const char *section, *key, *value;
};

struct unit_file {
	const char *path; /* of the unit itself */
	struct unit_entry *first, *last;
};

/* Adds what the text of the file `path` says; lines that end in \ are joined. */
void unit_file_read(
    struct unit_file *, struct draft *, const char *path, const char *text);

/* The value in force, "" if there is none. */
const char *unit_file_value(
    const struct unit_file *, const char *section, const char *key);

/* All values since the last empty one.  False: the key is never named. */
bool unit_file_values(const struct unit_file *, struct store *, const char *section,
    const char *key, struct words *ret_values);

/* The next entry of that section whose key was not met before; NULL: no more. */
const struct unit_entry *unit_file_next_key(
    const struct unit_file *, const char *section, const struct unit_entry *after);
