/*
 * refuse -- telling a client that it does not get a process
 *
 * From the supervisor itself, with one send that cannot block: refusing must not need
 * what is scarce.
 */
#pragma once

#include "apply.h"
#include "conn.h"

/* What a verdict that refuses is called. */
enum refusal refuse_reason(enum verdict);

/* The words for a verdict: "5 of 5 sessions from 192.0.2.7". */
void refuse_put_why(struct text *, const struct application *, const struct ruling *);

/* Is there something to be said? */
bool refuse_has_text(const struct prong_service *, enum refusal);

/* Sends the text for that reason, if there is one, and whatever the client has said
 * already is taken in, for unread input would make the kernel discard the text.  Does not
 * close.  `wait`: until trying again makes sense; 0: not known.  `said`: a policy's own
 * words; "": none. */
void refuse_say(const struct conn *, enum refusal, msec wait, const char *said);

/* The same for a client that has not even a slot, and the end of it: told and closed. */
void refuse_stranger(struct prong_service *, int fd, const struct addr *peer,
    enum refusal, const char *why);

/* Nothing more comes, and whatever the client has said already is taken in, for unread
 * input would make the kernel discard what was sent.  Does not close. */
void refuse_softly(int fd);
