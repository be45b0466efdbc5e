/*
 * config -- a file of settings, a line each: a name, blanks, a value
 *
 * Blank lines and lines that begin with # are passed over.  What a name means, others
 * say.
 */
#ifndef KEYVALUE_CONFIG_H
#define KEYVALUE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_LINES 100

struct config_line {
	const char *name, *value;
	unsigned number;
};

struct config {
	char *text;
	struct config_line lines[CONFIG_LINES];
	size_t count;
};

/* On failure `why` says in words what is wrong, and nothing has to be freed. */
bool config_read(struct config *, const char *path, char *why, size_t size);
void config_done(struct config *);

/* The value of the last line of that name, or what is said instead. */
const char *config_get(const struct config *, const char *name, const char *instead);
bool config_has(const struct config *, const char *name);

#endif
