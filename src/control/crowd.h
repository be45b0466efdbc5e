/*
 * crowd -- the clients that are connected, each in its slot
 *
 * Lets them in or turns them away, has the loop call for what each waits for, and drops
 * those whose time is over.
 */
#pragma once

#include "client.h"

struct crowd;

struct slot {
	struct crowd *crowd;
	struct client client;
	uint32_t watched; /* events; 0: not watched */
};

struct crowd {
	struct means *means;
	void (*moved)(struct crowd *); /* after each turn: deadlines may have changed */
	uint64_t served;               /* conversations so far */
	struct slot slots[CONTROL_CLIENTS];
};

void crowd_init(struct crowd *, struct means *, void (*moved)(struct crowd *));
void crowd_done(struct crowd *);

/* Takes over the descriptor of a new connection.  NULL: it was told why not, and closed.
 * `is_waiting`: it asked for something before an exec. */
struct client *crowd_add(struct crowd *, int fd, bool is_waiting);

/* Finishes the answer that the client of `token` waits for, if it is still there. */
void crowd_answer(
    struct crowd *, uint64_t token, const char *error, const char *messages);

/* The client that waits under that token, or NULL. */
const struct client *crowd_find(const struct crowd *, uint64_t token);

/* When the next one's time is over; 0: never.  Drops those whose time is over. */
msec crowd_next(const struct crowd *);
void crowd_drop_due(struct crowd *);
