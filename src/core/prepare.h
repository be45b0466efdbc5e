/*
 * prepare -- settings to plan, before any process exists
 *
 * Everything that allocates, looks up or parses happens here, once, so that the child
 * only follows numbers and finished strings.  What can be proved wrong now is an error
 * now: a missing or non-executable program, an unknown user, a setting that cannot work
 * with these listeners.
 */
#pragma once

#include "service.h"

/* 0, or the first error; one line for each in `message`. */
int prepare_service(struct prong_service *, struct text *message);

/* Once more without what was struck out of its measures since. */
int prepare_again(struct prong_service *, struct text *message);

/* Settings that ask the kernel's TCP counts need TCP listeners. */
int prepare_check_listeners(const struct prong_service *, struct text *message);

/* The signals that the process ignores now: a bit each, from signal 1. */
uint64_t prepare_ignored_signals(void);

/* Would all stages but the last do the same? */
bool prepare_is_alike(const struct plan *, const struct plan *);
