/*
 * ahead -- what a service has started before its clients come, in words
 *
 * Pure.  In the language in force, without a line's end.
 */
#pragma once

#include "seen.h"
#include "text.h"

/* "warm, 4 of 4 ready, 97% of clients met one; held at read(0) after 48 ms, 8.3 MB each",
 * and what there is instead if that is not what was asked. */
void ahead_put(struct text *, const struct seen_spares *);

/* "970 clients met one, 30 did not; failed 2, lost 1, retired 6" */
void ahead_put_counts(struct text *, const struct seen_spares *);
