/*
 * writer -- variables into a table and the bytes behind it
 *
 * A full table, or full memory, leaves out the variable at hand and all after it.  None
 * is ever cut.
 */
#pragma once

#include "addr.h"

struct writer {
	char **slot;
	size_t slots_left;
	struct text text;
};

void writer_put_text(struct writer *, const char *name, const char *value);
void writer_put_number(struct writer *, const char *name, uint64_t value);

/* "ip:port", "[ip]:port" */
void writer_put_pair(struct writer *, const char *name, const struct addr *);

void writer_put_bytes(
    struct writer *, const char *name, const char *bytes, size_t length);

/* Two hexadecimal digits for each byte. */
void writer_put_hex(struct writer *, const char *name, const char *bytes, size_t length);

/* What somebody else chose is passed on only if it is plain: printable ASCII without a
 * backslash, which what was escaped has. */
bool writer_is_plain(const char *bytes, size_t length);
