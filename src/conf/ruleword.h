/*
 * ruleword -- one line of `allow` or `deny`
 *
 *     192.0.2.0/24 max-per-source=4 env=ROLE=staff program='/usr/bin/tool -v'
 *
 * A network, then settings that hold for its clients instead of the service's own.  A
 * value may stand in '...' or "..." (in these \" and \\ are known).  An absolute path in
 * place of the network is a file of such lines.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "settings.h"

struct ruleword {
	struct addr_key network;
	struct setting_list options; /* "NAME=VALUE", quotes taken off; owned */
};

bool ruleword_is_file(const char *word);

/* 0, -ENOMEM, or -EINVAL with what is wrong: a whole phrase that quotes what it speaks
 * of; *ret_column counts bytes from 1, of where it is. */
int ruleword_parse(const char *line, bool is_allow, struct ruleword *ret_rule,
    struct text *wrong, size_t *ret_column);
void ruleword_done(struct ruleword *);

/* May a rule say this for its clients? (env, program, limits, time limits ...) */
bool ruleword_may_set(const struct setting *, bool is_allow);

/* Words of a text as a shell would split them, without any expansion: 'a b' "a \" b"
 * a\ b.  -EINVAL: a quote is not closed. */
int ruleword_split(const char *text, struct setting_list *words);
