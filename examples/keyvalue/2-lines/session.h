/*
 * session -- what one client's process does
 *
 * Made for prong_handler(): fd 0 and 1 are the client, what is written to fd 2 is a line
 * of the log.
 */
#ifndef KEYVALUE_SESSION_H
#define KEYVALUE_SESSION_H

#include <prong.h>

/* How a session ends: its exit status, which a `penalty` can name. */
enum session_status { SESSION_DONE = 0, SESSION_LINE_TOO_LONG = 11 };

int session_serve(const struct prong_birth *, void *context);

#endif
