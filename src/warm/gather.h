/*
 * gather -- everybody is brought to a stop
 *
 * First the threads of the program, when one of them is about to touch the connection;
 * then its children, which must not have the connection open.
 */
#pragma once

#include "follow.h"

/* From the waiter, which is seized (see hold.c), to a program of which one thread stands
 * before its touch, and all others, and all of its children, are stopped.  Returns as the
 * functions of follow.h do. */
int gather(struct follow *);

/* All of them go on without us; children first, so that none of them is still traced when
 * the supervisor is told. */
void gather_release(struct follow *);
