/*
 * prepare_spare -- what a process that is started ahead is started with
 *
 * The service's own plan with a waiter in front of the program (warm.h), and for one
 * that is to be held an environment in which what is not known yet has a slot.
 */
#pragma once

#include "pool.h"

/* Do the settings go together?  -EINVAL with a line in `message`. */
int prepare_spare_check(const struct prong_service *, struct text *message);

/* A domain of Landlock, namespaces, a user of its own: copies of one process would share
 * them. */
bool prepare_spare_is_single(const struct prong_service *);

/* How it can be started ahead: of a built-in, a handler, or behind a terminal of its own
 * all but fresh is spare. */
enum start_how prepare_spare_how(const struct prong_service *);

/* Fills plan, argv, environment, slots and order.  -ENOMEM. */
int prepare_spare(struct pool *);
