/*
 * session_id -- the token of a session, the same in all events of it
 *
 * 13 characters that sort by time: milliseconds since 1970, and 22 bits for those of one
 * millisecond.  Each server begins elsewhere in these: two in one process at least 1024
 * apart, others wherever chance has put them.
 */
#pragma once

#include "base.h"

struct prong;

#define SESSION_ID_SIZE 14 /* 13 characters of base 32 */

/* The server's loop is open already. */
void session_id_init(struct prong *);

/* The next one; no server gives it out twice, whatever the clock does. */
void session_id_next(struct prong *, char id[SESSION_ID_SIZE]);
