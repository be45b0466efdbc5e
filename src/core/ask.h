/*
 * ask -- the policy program has the last word
 *
 * Started for each client that everybody else would let in, with the variables that the
 * program would find; exit status 0 lets it in, 1 turns it away, anything else, and
 * silence, is a failure, for which `policy-failed` has the answer.  The first line of
 * what it says on fd 1 and 2 goes into the log, unless it lets the client in.  The client
 * has its place of `max` meanwhile, so that limits hold.
 */
#pragma once

#include "conn.h"

void ask_begin(struct conn *, const struct listener *);

/* The process has ended. */
void ask_ended(struct conn *);

/* policy-timeout is over, or it was found not to end though it was killed. */
void ask_due(struct conn *);

/* The answer is not wanted any more. */
void ask_cancel(struct conn *);

/* Another program takes our place: it will ask again, unless the client was to leave,
 * which it does now. */
void ask_forget(struct conn *);
