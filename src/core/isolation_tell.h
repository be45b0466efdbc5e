/*
 * isolation_tell -- what the log hears of isolation
 *
 * At start and after a reload what is in force and what is missing; with the first
 * session of a service what the kernel itself says of its process.
 */
#pragma once

#include "service.h"

struct conn;

/* Once for the service, unless the set before told the same. */
void isolation_tell(struct prong_service *);

/* Its program runs: once for each service and set. */
void isolation_tell_session(struct conn *);
