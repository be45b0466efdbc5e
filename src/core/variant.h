/*
 * variant -- a service once more, with some settings of its own
 *
 * For the clients of a rule, and for the policy program: the same name and the same
 * ledger, no listeners.
 */
#pragma once

#include "service.h"

/* A copy of the base's settings, behind it in its set.  NULL: -ENOMEM. */
struct prong_service *variant_add(struct prong_service *base);

/* The variant behind `at`, or the first if that is the base; NULL: there is none. */
struct prong_service *variant_next(
    const struct prong_service *base, const struct prong_service *at);

/* "NAME=VALUE" each; `program` is split into words.  0, or an error with a line. */
int variant_set(
    struct prong_service *, const struct setting_list *options, struct text *message);

/* Takes those of the base out of the set that it is in, and frees them: none serves. */
void variant_drop_all(struct prong_service *base);
