/*
 * known -- the names there are, for whoever asked for one there is not
 *
 * At most KNOWN_SHOWN are named, however many there are, and the one that was hardly
 * missed.  What is added must outlive the struct; nothing is copied.
 */
#pragma once

#include "text.h"

#define KNOWN_SHOWN 5

struct known {
	const char *wanted, *nearest; /* NULL: none is near */
	const char *names[KNOWN_SHOWN];
	size_t count; /* of all that were added */
};

void known_init(struct known *, const char *wanted);
void known_add(struct known *, const char *name);

/* "echo, time, night" */
void known_put_names(const struct known *, struct text *);

/* How many known_put_names() leaves out. */
size_t known_rest(const struct known *);

/* "there is no service 'ehco', only echo, time and 3 more; did you mean echo?" */
void known_put_missing(const struct known *, struct text *, const char *kind);
