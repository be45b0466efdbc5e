/*
 * prepare_own_ids -- `uid-range`: numbers for the sessions of a service, and enough of
 * them
 */
#pragma once

#include "service.h"

/* The service has its range, or none.  -EINVAL with a line where other settings say whom
 * it runs as; -ENOMEM. */
int prepare_own_ids(struct prong_service *, struct text *message);

/* What `max` may be at most, where nobody says it; UINT32_MAX without a range. */
uint32_t prepare_own_ids_most(
    const struct prong_service *base, const struct prong_service *set);

/* `max` of all of the set is known: are there numbers for all?  -ENOSPC with a line. */
int prepare_own_ids_check(const struct prong_service *set, struct text *message);
