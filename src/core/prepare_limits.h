/*
 * prepare_limits -- settings and presets to the limits of setrlimit(2)
 */
#pragma once

#include "service.h"

/* Those that settings say, `limit` and those with a name of their own: 0, or -EINVAL with
 * a line where two of them say the same. */
int prepare_limits(struct prong_service *, struct text *message);

/* One more, or another value of one that is there: a preset's, of which presets.h knows
 * that no setting says another. */
void prepare_limits_add(struct prong_service *, int resource, rlim_t soft, rlim_t hard);

/* NULL: the program gets what prong has. */
const struct rlimit *prepare_limits_find(const struct plan *, int resource);
