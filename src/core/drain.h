/*
 * drain -- how a server stops
 *
 * First nothing new is accepted and sessions may go on; after the deadline, or when asked
 * again, they are ended (TERM, term-grace, KILL); or all of them are killed at once.
 */
#pragma once

#include "engine.h"

/* The first call stops accepting, the second ends the sessions. */
void drain_begin(struct prong *);

/* Stops accepting; sessions are ended after timeout_ms (0: now; -1: as the settings have
 * it). */
void drain_within(struct prong *, int64_t timeout_ms);

void drain_kill(struct prong *);

/* Nothing is left to do. */
bool drain_is_over(struct prong *);

/* For server->drain. */
void drain_fire(struct timer *, msec now);
