/*
 * prepare_rules -- `allow` and `deny`, and the files they name, become rules
 *
 * Before anybody is served: what is wrong is told whole, each mistake with its place, and
 * nothing is guessed.
 */
#pragma once

#include "rules.h"

struct text;

/* 0, or the first error; a line for each mistake in `message`, of the first twenty, such
 * as "allow: /etc/prong/friends:12:5: '10.0.0.300' is not an address or a network". */
int prepare_rules(const struct settings *, struct rules *ret_rules, struct text *message);
