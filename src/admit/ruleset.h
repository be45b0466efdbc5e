/*
 * ruleset -- rules while they are made
 *
 * Added one by one in any order, joined, settled; then they are struct rules.  Of the
 * same network there is one rule in the end.
 */
#pragma once

#include "rules.h"

#define RULESET_MOST 10000000
#define RULESET_CHOICES_MOST 1000 /* each makes a variant of the service */

struct ruleset {
	struct rules rules;
	uint32_t room;                             /* in rules.all */
	uint64_t hashes[RULESET_CHOICES_MOST + 1]; /* of rules.choices */
};

/* -ENOMEM. */
int ruleset_init(struct ruleset *);

/* Whatever was not taken. */
void ruleset_done(struct ruleset *);

/* *ret_file is the index of a file that rules will come from.  -ENOMEM, -E2BIG. */
int ruleset_add_file(struct ruleset *, const char *path, uint16_t *ret_file);

/* Adds a rule, whose choice is found for these options; they are taken over if nobody
 * had the same.  -ENOMEM, -E2BIG (too many rules), -ENOSPC (too many choices). */
int ruleset_add(struct ruleset *, const struct rule *, struct setting_list *options);

/* Called with two rules of one network that do not mean the same. */
typedef void ruleset_conflict_fn(
    void *context, const struct rule *first, const struct rule *second);

/* Sorts by network, shortest prefix first; of those that say the same one is left. */
void ruleset_join(struct ruleset *, ruleset_conflict_fn *, void *context);

/* Joined rules can be looked up, and are the caller's.  -ENOMEM. */
int ruleset_settle(struct ruleset *, struct rules *ret_rules);
