/*
 * isolation_doubt -- programs that will hardly work with what is taken from them
 *
 * The trial goes all the way to the program, but what that itself will meet is looked at
 * here; and in the words of settings why it cannot be executed.
 */
#pragma once

#include "service.h"

/* After the trial: an event EVENT_WARNING for each doubt. */
void isolation_doubt(const struct prong_service *);

/* Why it cannot be executed, if that is because of isolation; false: it is not. */
bool isolation_doubt_program(const struct prong_service *, struct text *);
