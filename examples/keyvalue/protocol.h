/*
 * protocol -- what a client says, one line at a time
 *
 *     AUTH name password      OK | ERROR ...          the first thing a client says
 *     GET key                 VALUE value | NONE
 *     SET key value           OK | ERROR full ...     the value is the rest of the line
 *     DEL key                 OK | NONE
 *     KEYS [prefix]           KEY key ..., then OK and how many there are
 *     QUIT                    OK bye
 *
 * A line ends with \n or \r\n.  Pure: no system call, no allocation, no state.
 */
#ifndef KEYVALUE_PROTOCOL_H
#define KEYVALUE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#define PROTOCOL_LINE_MAX 1024 /* bytes, without the end of the line */
#define PROTOCOL_KEY_MAX 255

enum protocol_verb {
	PROTOCOL_BAD,
	PROTOCOL_AUTH,
	PROTOCOL_GET,
	PROTOCOL_SET,
	PROTOCOL_DEL,
	PROTOCOL_KEYS,
	PROTOCOL_QUIT
};

struct protocol_request {
	enum protocol_verb verb;
	const char *key;   /* AUTH: the name; KEYS: the prefix, "" without one */
	const char *value; /* AUTH: the password; SET: the value; else "" */
	const char *wrong; /* PROTOCOL_BAD: what is, in words */
};

/* The end of the first line of what was read: the number of its bytes, *ret_next where
 * the next one begins.  False: it is not complete. */
bool protocol_line(const char *read, size_t length, size_t *ret_length, size_t *ret_next);

/* Takes a line of so many bytes apart, in place: it needs one more byte, for a NUL. */
struct protocol_request protocol_parse(char *line, size_t length);

#endif
