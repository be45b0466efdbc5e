/*
 * state -- structs as lines of text and back
 *
 * What a server hands on to the program that takes its place: one line for each record,
 * "kind name=value name=value ...", every field in its order.  One table of fields both
 * writes and reads.  Reading is strict, for the other program may be another version.
 */
#pragma once

#include "base.h"

/* The version of the records themselves: to be raised with every change of a table. */
#define STATE_FORMAT 1

/* The longest text of one setting, with its NUL: 4096 bytes, each of them escaped. */
#define STATE_VALUE_MAX 16640

enum state_kind {
	STATE_NUMBER, /* an integer of 1, 2, 4 or 8 bytes, its sign kept; bool as well */
	STATE_BYTES,  /* as they are, in hexadecimal digits */
};

struct state_field {
	const char *name;
	enum state_kind kind;
	size_t offset, size;
};

#define STATE_FIELD(type, member, as)                                                    \
	{                                                                                \
#member, as, offsetof(type, member),                                     \
		    sizeof(((const type *)NULL)->member)                                 \
	}

struct state_record {
	const char *kind;
	const struct state_field *fields;
	size_t count;
};

#define STATE_RECORD(kind, fields)                                                       \
	{                                                                                \
		kind, fields, ARRAY_SIZE(fields)                                         \
	}

void state_put(FILE *, const struct state_record *, const void *object);

/* The line (without its kind; it is taken apart) into the object, of which only the
 * fields of the record change.  -EPROTO. */
int state_get(char *line, const struct state_record *, void *object);

/* Bytes of any length as hexadecimal digits, and back: at most `size` into `bytes`, their
 * number into *ret_length; -EPROTO. */
void state_put_bytes(FILE *, const void *bytes, size_t length);
int state_get_bytes(const char *digits, void *bytes, size_t size, size_t *ret_length);

/* Everything that was written; *ret_text is the caller's.  -ENOMEM, -EPROTO: far too
 * much, or an errno of reading. */
int state_read(int fd, char **ret_text);
