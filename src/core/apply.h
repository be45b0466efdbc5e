/*
 * apply -- what is known of a client before it is decided
 *
 * Puts together, for one client, the facts that admit_check() wants: who it is, which
 * rule speaks of it, whose limits hold.  The same for those who come and for those that
 * an operator asks about.
 */
#pragma once

#include "admit.h"
#include "service.h"

struct application {
	struct prong_service *service; /* under whose settings: a base or its variant */
	const struct door *door;
	struct addr_key client;     /* the whole address, or the id */
	struct addr_key key;        /* what it is counted under */
	const struct rule *rule;    /* that speaks of it, or NULL */
	struct applicant applicant; /* but for its source and its luck */
};

/* Ids of a Unix socket's client; `groups` may be NULL. */
struct apply_ids {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
};

/* Of a client of an address that is an IP's or a vsock's; `ids` is not NULL where it is
 * a Unix socket's. */
void apply(struct application *, struct prong_service *base, const struct addr *peer,
    const struct apply_ids *ids);

/* Must it say who it is, for it is a proxy? */
bool apply_is_proxy(const struct prong_service *base, const struct addr_key *client);

/* The whole address, or the id. */
struct addr_key apply_client(const struct addr *peer, const struct apply_ids *ids);
