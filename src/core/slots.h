/*
 * slots -- room for live sessions
 *
 * A fixed pool: "no room" is known before a client is let in, never in the middle.
 * Pages are touched as the peak grows.  No system call.
 */
#pragma once

#include "base.h"

struct conn;

struct slots {
	struct conn *pool, *free;
	uint32_t capacity, used_once, live;
};

/* -ENOMEM. */
int slots_init(struct slots *, uint32_t capacity);
void slots_done(struct slots *);

/* A zeroed conn, or NULL when all are taken. */
struct conn *slots_take(struct slots *);
void slots_give(struct slots *, struct conn *);

uint32_t slots_index(const struct slots *, const struct conn *);

/* The live session after `conn` (NULL: the first), or NULL.  For the rare walks: drain,
 * end, and looking whether an ended child is one of ours. */
struct conn *slots_next(const struct slots *, const struct conn *conn);
