/*
 * host -- what the program around us is asked and told of one connection
 *
 * Its word about who comes in, and each session's ending.  Both are functions of a
 * service, and of the variants that stand for it.
 */
#pragma once

#include "conn.h"

/* May this client come in?  Else why not, into `why`. */
bool host_admits(struct conn *, struct text *why);

/* Is anybody to be told? */
bool host_listens(const struct conn *);

/* `how`: the ending in words. */
void host_tell_ending(const struct conn *, const char *how);
