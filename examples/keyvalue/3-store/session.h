/*
 * session -- what one client's process does
 *
 * Made for prong_prepare() and prong_handler(): fd 0 and 1 are the client, what is
 * written to fd 2 is a line of the log.
 */
#ifndef KEYVALUE_SESSION_H
#define KEYVALUE_SESSION_H

#include <prong.h>

#include "store.h"

/* How a session ends: its exit status, which a `penalty` can name. */
enum session_status {
	SESSION_DONE = 0,
	SESSION_LINE_TOO_LONG = 11,
	SESSION_NO_STORE = 12
};

/* The context of both.  A session's process has a copy, with a store of its own. */
struct session_context {
	const char *folder;
	size_t bytes;
	struct store store;
};

#define SESSION_PROCESSES 1024 /* sessions, and those that wait for one */

int session_prepare(void *context);
int session_serve(const struct prong_birth *, void *context);

#endif
