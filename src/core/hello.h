/*
 * hello -- clients of a proxy, until it has said who they are
 *
 * Limits and rules want the real client before a process exists, so the header is read
 * here, and only that: not one byte of the client's.  Bounded in size by the parser, in
 * time by proxy-timeout, in number by waiting-max.
 */
#pragma once

#include "conn.h"

/* Must this client's connection begin with a header? */
bool hello_is_due(const struct conn *);

/* Reads it, now or when it comes, and goes on with entry_apply().  True if a process was
 * started. */
bool hello_begin(struct conn *, const struct listener *);

/* proxy-timeout is over. */
void hello_due(struct conn *);

/* Goes on with one that another program was waiting for.  -ENOMEM, -ENOSPC. */
int hello_resume(struct conn *);

void hello_leave(struct conn *);
