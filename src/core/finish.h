/*
 * finish -- after the process ended
 *
 * Reaps it, ends what is left of its group, and lets the client take its answer.  Closing
 * a TCP socket with unread input makes the kernel send a reset, and the client may lose
 * what it has not read yet; so where that can happen our side is shut, and what the
 * client still says is taken in, for at most `linger`.
 */
#pragma once

#include "conn.h"

/* The pidfd is readable. */
void finish_process(struct conn *);

/* The process cannot be watched: ends it and waits for it, now. */
void finish_unwatchable(struct conn *);

/* Its process does not end, though it was sent KILL. */
void finish_tell_stuck(const struct conn *);

/* KILL was sent and the process is still there: told, and given up if all shall end. */
void finish_stuck(struct conn *);

/* No more waiting, neither for the client nor for the rest of the group. */
void finish_hurry(struct conn *);

/* Another program had begun to wait: the wait goes on here. */
void finish_resume(struct conn *);

/* While lingering: the client said something, or is done. */
void finish_client_ready(struct conn *);
void finish_linger_due(struct conn *);

/* The rest of the group: gone, or in need of a KILL? */
void finish_rest_due(struct conn *, msec now);
