/*
 * turn -- clients that wait without a session
 *
 * For their turn, where more come than a rate allows; or for room, where they came by a
 * way that the kernel's queue does not know.  Nothing is asked of them, and they cost a
 * descriptor and a slot; waiting-max bounds them.
 */
#pragma once

#include "apply.h"
#include "conn.h"

/* Its turn comes in `wait`: tokens are taken for it.  The source stays held. */
void turn_promise(struct conn *, const struct application *, struct source *, msec wait);

/* Until another session ends: first come, first served. */
void turn_wait_for_room(struct conn *);

/* The same, until its service takes clients again; it waited before. */
void turn_wait_for_release(struct conn *);

/* The same, whatever waiting-max says; it is not watched yet. */
void turn_line_up(struct conn *);

/* Its turn has come. */
void turn_due(struct conn *);

/* Goes on with one that another program had let wait.  -ENOMEM, -ENOSPC. */
int turn_resume(struct conn *);

/* Those that wait for room get it, as far as there is some. */
void turn_serve(struct prong *, struct ledger *);

/* The same for all services, whether they serve still or not. */
void turn_serve_all(struct prong *);

/* Does the service take clients, if there is room?  Not while it is held or paused. */
bool turn_is_open(const struct ledger *);

/* It waits no longer, for whatever reason. */
void turn_leave(struct conn *);
