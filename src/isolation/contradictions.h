/*
 * contradictions -- settings of isolation that cannot be had together
 *
 * Whatever the machine has.  Each setting by itself was looked at when it was said.
 */
#pragma once

#include "measures.h"

/* 0, or -EINVAL with a line in `message` for each: "SETTING: what; what would help". */
int contradictions_check(
    const struct settings *, const struct measures_facts *, struct text *message);
