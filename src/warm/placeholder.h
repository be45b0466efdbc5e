/*
 * placeholder -- which descriptors are the one that stands for the client's socket
 *
 * The kernel is asked each time, so no dup, close or exec needs to be remembered.
 */
#pragma once

#include <stdbool.h>

struct placeholder {
	char name[32]; /* "socket:[4711]" */
};

/* What fd 0 of the process is now; 0 or a negative errno. */
long placeholder_init(struct placeholder *, int pid);

/* 1: it is; 0: it is not; or a negative errno, where we may not look. */
long placeholder_is(const struct placeholder *, int pid, int fd);

/* Is any of its descriptors?  As above. */
long placeholder_is_held(const struct placeholder *, int pid);

/* Did looking fail because we may not look? */
bool placeholder_is_hidden(long error);
