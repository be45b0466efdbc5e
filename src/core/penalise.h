/*
 * penalise -- what an ending costs its source
 *
 * Carries out what penalty.h decides, and says when somebody is shut out.
 */
#pragma once

#include "apply.h"
#include "conn.h"

/* A session is over; its charge is still held. */
void penalise_session(struct conn *);

/* One that was let in by all but the policy program. */
void penalise_charged(struct conn *, enum offence);

/* One that was turned away; the source is held. */
void penalise_source(struct conn *, struct source *, enum offence);

/* Is this proxy shut out for its headers? for so long; 0: it is not.  What a neighbour in
 * the same prefix has done is not held against its clients. */
msec penalise_left(const struct conn *, const struct addr *proxy);

/* A proxy that does not say what it must: its own address pays. */
void penalise_proxy(struct conn *);
