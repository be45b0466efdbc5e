/*
 * networks -- the longest prefix that holds a client, among a hundred thousand
 *
 * Made once, read-only then: each family's networks are cut into ranges that do not
 * overlap, and one binary search finds the range.  No system call; the tables are
 * allocated when it is made.
 */
#pragma once

#include <stdbool.h>

#include "addr.h"

/* What a network means is its number. */
struct networks_entry {
	struct addr_key
	    network; /* of IP, AF_UNIX (a user id), AF_VSOCK, or NETWORK_ALL */
	uint32_t number;
};

struct networks_v4;
struct networks_v6;
struct networks_id;

struct networks {
	struct networks_v4 *v4;
	struct networks_v6 *v6;
	struct networks_id *ids; /* sorted */
	uint32_t v4_count, v6_count, id_count;
	uint32_t all; /* number of NETWORK_ALL; NETWORKS_NONE */
};

#define NETWORKS_NONE UINT32_MAX

/* Of two entries with the same network the last one counts.  -ENOMEM. */
int networks_init(struct networks *, const struct networks_entry *entries, size_t count);
void networks_done(struct networks *);

/* The number of the longest network that holds the client, whose whole address or id
 * this is; or NETWORKS_NONE. */
uint32_t networks_find(const struct networks *, const struct addr_key *client);
