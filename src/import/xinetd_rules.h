/*
 * xinetd_rules -- only_from, no_access and cps: who may come in, and how often
 */
#pragma once

#include "draft.h"

/* Without values the attribute is not there. */
void xinetd_rules_read(
    struct draft_service *, const struct words *only_from, const struct words *no_access);

/* "cps 50 10" */
void xinetd_rules_read_cps(struct draft_service *, const struct words *cps);
