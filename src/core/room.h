/*
 * room -- memory for sessions, sized before it is needed
 *
 * Slots, sources, the reports of handlers and the rests of error output belong together
 * and grow together, segment by segment, when another set of services needs more.
 * Nothing of it ever moves or shrinks.
 */
#pragma once

#include "engine.h"

/* Room for at least `capacity` sessions in all.  -ENOMEM, -ENOSPC; what was there
 * stays. */
int room_grow(struct prong *, uint32_t capacity);
void room_done(struct prong *);

/* Where the child of that session says which stage failed: shared memory. */
struct report *room_report(const struct prong *, const struct conn *);

/* Where what a proxy says of that client is kept. */
struct introduction *room_introduction(const struct prong *, const struct conn *);
