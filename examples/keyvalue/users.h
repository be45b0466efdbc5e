/*
 * users -- who may come in, by a file of names and hashes
 *
 * A line is NAME:HASH, the hash as crypt(3) makes it (yescrypt).  Nobody but its owner
 * may read or write the file.
 */
#ifndef KEYVALUE_USERS_H
#define KEYVALUE_USERS_H

#include <stdbool.h>
#include <stddef.h>

struct users {
	char *text;  /* the file */
	char *dummy; /* a hash that no password has, for names that are not there */
};

/* 0, or an errno value; EPERM: others could read or write it. */
int users_load(struct users *, const char *path);
void users_done(struct users *);

/* Whether that is the user's password.  It takes as long for a user there is not. */
bool users_check(const struct users *, const char *name, const char *password);

/* Adds a line to the file, which is made if there is none: at once or not at all.
 * EEXIST: there is such a user; EINVAL: not a name; EBUSY: somebody else is adding. */
int users_add(const char *path, const char *name, const char *password);

#endif
