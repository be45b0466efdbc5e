/*
 * reload -- another set of services in place of the one that serves
 *
 * The new set is made, checked and opened beside the old one; only when nothing can fail
 * any more the two change places.  Services of the old set whose sessions live on are
 * kept until the last of these has ended.
 */
#pragma once

#include "engine.h"

/* Frees services that serve no longer and whose last session has ended.  Not while one
 * of them is at work: between turns. */
void reload_sweep(struct prong *);

/* Frees a whole set. */
void reload_free_set(struct prong_service **set);
