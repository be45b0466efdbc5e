/*
 * slots -- room for live sessions
 *
 * A fixed pool: "no room" is known before a client is let in, never in the middle.
 * Pages are touched as the peak grows.  Another set of services may need more room: then
 * a segment is added, and no conn ever moves, for timers and the epoll set point to it.
 * No system call.
 */
#pragma once

#include "base.h"

struct conn;

#define SLOTS_SEGMENTS 32

struct slots_segment {
	struct conn *pool;
	uint32_t capacity, used_once; /* conns that were ever taken */
};

struct slots {
	struct slots_segment segments[SLOTS_SEGMENTS];
	uint32_t count; /* of segments */
	struct conn *free;
	uint32_t capacity, live;
};

/* -ENOMEM. */
int slots_init(struct slots *, uint32_t capacity);
void slots_done(struct slots *);

/* Room for at least `capacity` in all, by one more segment if that takes one, which is
 * then at least as large as all before it together.  -ENOMEM, -ENOSPC: no segment is
 * left. */
int slots_grow(struct slots *, uint32_t capacity);

/* A zeroed conn, or NULL when all are taken. */
struct conn *slots_take(struct slots *);
void slots_give(struct slots *, struct conn *);

/* Counts all slots through, segment by segment. */
uint32_t slots_index(const struct slots *, const struct conn *);

/* The live session at or after that index, or NULL. */
struct conn *slots_from(const struct slots *, uint32_t index);

/* The live session after `conn` (NULL: the first), or NULL.  For the rare walks: drain,
 * end, and looking whether an ended child is one of ours. */
struct conn *slots_next(const struct slots *, const struct conn *conn);
