/*
 * prepare_admission -- do the settings of who gets in go together?
 *
 * Each setting by itself was looked at when it was said.  Here are those that contradict
 * one another, or that nothing could ever come of.  Pure: what needs the files of rules
 * or the listeners is looked at elsewhere.
 */
#pragma once

#include "service.h"

/* After door_prepare().  0, or -EINVAL with a line in `message` for each contradiction:
 * "SETTING: what and why; what would help". */
int prepare_admission_check(const struct prong_service *, struct text *message);

/* The same of what only its listeners show, once they are open. */
int prepare_admission_check_listeners(const struct prong_service *, struct text *message);
