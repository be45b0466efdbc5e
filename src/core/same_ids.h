/*
 * same_ids -- has prong the ids already that a program is to have?
 *
 * Whoever may not change its groups need not where they are right as they are.  The
 * primary group of the plan is not looked for among them: whoever has it as that has it.
 */
#pragma once

#include "plan.h"
#include "text.h"

/* What would have to change: "uid 1000 would become 65534, group 4 would go, group 27
 * would come".  False: nothing would, and nothing is put. */
bool same_ids_put_difference(const struct plan *, struct text *);

/* Would nothing have to change? */
bool same_ids_are(const struct plan *);
