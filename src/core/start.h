/*
 * start -- the process of one connection
 *
 * One that waits already (pool), or one that is started now: brings together what a child
 * needs, its descriptors, its environment, the plan, and sees the session on its way.
 */
#pragma once

#include "conn.h"

/* Gets a process for an admitted connection, or ends the conn. */
void start_begin(struct conn *, const struct listener *);

/* The copy that was ordered for it is there. */
void start_born(struct conn *);

/* ... is not, and will not be: started fresh. */
void start_bereft(struct conn *);

/* ... has begun and had to be ended: so is the session. */
void start_cut(struct conn *);

/* The process that was started ahead has ended without ever taking its connection:
 * started fresh. */
void start_again(struct conn *);

/* -ENOMEM, -ENOSPC. */
int start_watch(struct conn *);

/* The program never ran: one of its stages failed. */
bool start_is_stillborn(const struct conn *);
