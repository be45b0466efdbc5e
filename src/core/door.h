/*
 * door -- who gets in, made from the settings of a service
 *
 * Everything that has to be read, parsed or looked up before the first client comes.  A
 * rule that has settings of its own makes a variant of the service: one more of the same
 * name, which has no listeners and the same counts, and stands behind it in its set.
 */
#pragma once

#include "ledger.h"
#include "rules.h"

struct prong_service;

struct door {
	struct rules rules;
	struct prong_service **variants; /* by the rules' choices; [0]: NULL */
	struct prong_service *asker;     /* a variant that runs `policy`; NULL */
	struct networks exempt, proxies;
	bool has_proxies;
	struct penalty_rules penalties;
	uid_t *uids;
	gid_t *gids;
	size_t uid_count, gid_count;
	struct setting_text texts[REFUSAL_COUNT]; /* `refuse-text-for` */
};

/* 0, or the first error; one line for each in `message`.  May be called again. */
int door_prepare(struct prong_service *, struct text *message);

/* With the variants that are in no set of the server's any more, or never were. */
void door_done(struct prong_service *);

/* Of a variant its base's. */
const struct door *door_of(const struct prong_service *);

/* May clients of this service have to wait without a session? */
bool door_makes_wait(const struct prong_service *);

/* Does it remember sources that have no session? */
bool door_remembers(const struct prong_service *);
