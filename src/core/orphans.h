/*
 * orphans -- ended processes that are nobody's session
 *
 * A host that is PID 1 or a subreaper inherits what served programs leave behind.
 */
#pragma once

#include "engine.h"

/* Reaps those that have ended; with very many sessions alive within a tenth of a second,
 * for looking walks all children. */
void orphans_reap(struct prong *);

/* For server->orphans. */
void orphans_fire(struct timer *, msec now);
