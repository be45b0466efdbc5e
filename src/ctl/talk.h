/*
 * talk -- what `prong top` says to its server, one request after the other
 *
 * Never waits: talk_turn() does what the socket allows.  A connection that is lost is
 * tried again once a second, under the same path or, if the server was started anew,
 * under its name.
 */
#pragma once

#include "instances.h"
#include "snapshot.h"

enum talk_phase { TALK_NOTHING, TALK_STATUS, TALK_PS, TALK_ACTION };

struct talk {
	const struct args *args;
	char path[SOCKDIR_PATH_BYTES], name[64];
	struct wire wire; /* fd -1: the connection is lost */
	enum talk_phase phase;
	const char *ps[3];
	struct snapshot now, next; /* the latest whole one, and that in work */
	bool is_fresh;             /* `now` has changed */
	char result[192];          /* of the last action; "": none since */
};

/* Takes the conversation over. */
void talk_init(struct talk *, const struct args *, struct instance *);
void talk_done(struct talk *);

/* Asks for the next snapshot, unless something is being asked already. */
void talk_refresh(struct talk *);

/* Asks for something; false: something else is being asked, try again. */
bool talk_act(struct talk *, const char *const words[]);

/* Reads what has arrived. */
void talk_turn(struct talk *);

/* Is it connected, or again? */
bool talk_reconnect(struct talk *);

int64_t talk_now_ms(void);
