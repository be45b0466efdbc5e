/*
 * entry -- from an accepted client to its process, or out again
 *
 *   conn_begin -> [hello: the PROXY header] -> entry_apply -> [turn: waits for a rate or
 *   for room] -> [ask: the policy program] -> start_begin
 *
 * Whoever is turned away on this way leaves by entry_refuse().
 */
#pragma once

#include "admit.h"
#include "conn.h"

/* Who it is is known: decides.  True if a process was started.  `listener` may be NULL.
 */
bool entry_apply(struct conn *, const struct listener *);

/* Let in by everybody: gets its process. */
void entry_start(struct conn *, const struct listener *);

/* Sends the text, tells, and ends it.  `why` in words; `wait`: until trying again makes
 * sense, 0: not known. */
void entry_refuse(struct conn *, enum refusal, const char *why, msec wait);

/* The same for a policy's no.  `said`: its own words, for the client; "": it has none. */
void entry_refuse_by_policy(struct conn *, const char *why, const char *said);

/* Turns away one that has no session; why in words. */
#define ENTRY_STOPPING "the server is stopping"
#define ENTRY_ENDED "ended on request"
void entry_cancel(struct conn *, const char *why);
