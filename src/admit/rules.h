/*
 * rules -- which networks may come in, and what holds for them
 *
 * Made from `allow` and `deny`, inline and from files; longest prefix wins.  Where no
 * rule speaks of a client it is let in, unless somebody else was allowed by name.
 */
#pragma once

#include "networks.h"
#include "settings.h"

struct rule {
	struct addr_key network;
	bool is_denied;
	uint16_t file;   /* index into `files`; 0: said inline */
	uint32_t line;   /* from 1; of inline ones the word's place in its list */
	uint32_t choice; /* index into `choices`; 0: as the service has it */
};

/* Settings that a rule has for its clients; the same words are one choice. */
struct rule_choice {
	struct setting_list options;
	bool is_allow;
};

struct rules {
	struct networks networks; /* numbers are indexes into `all` */
	struct rule *all;
	uint32_t count;
	bool has_allow;
	struct setting_list files;   /* [0]: "" */
	struct rule_choice *choices; /* [0]: none */
	uint32_t choice_count;
};

/* The rule that decides for this client; NULL: none speaks of it. */
const struct rule *rules_find(const struct rules *, const struct addr_key *client);

/* ... and what it comes to. */
bool rules_deny(const struct rules *, const struct rule *found);

/* "deny 10.0.0.0/8", "allow 10.1.0.0/16 max-per-source=4" */
void rules_put(struct text *, const struct rules *, const struct rule *);

/* "allow" or "deny" for what was said inline, "/etc/prong/friends:12". */
void rules_put_origin(struct text *, const struct rules *, const struct rule *);

void rules_done(struct rules *);
