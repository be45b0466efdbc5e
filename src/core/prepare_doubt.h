/*
 * prepare_doubt -- settings of who gets in that may stand, but are hardly meant
 *
 * Warnings, not errors: defaults hold for services that need not all the same, and a
 * setting may be kept for later.  What nothing could ever come of is refused by
 * prepare_admission instead.
 */
#pragma once

#include "service.h"

/* After door_prepare(): an event EVENT_WARNING for each. */
void prepare_doubt(const struct prong_service *);

/* The same of what only its listeners show, once they are open. */
void prepare_doubt_listeners(const struct prong_service *);
