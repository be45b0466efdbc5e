/*
 * network -- whole networks as people write them
 *
 * "192.0.2.0/24" "2001:db8::/32" "192.0.2.7" "uid:1000" "cid:3", and "all".  Strict: bits
 * behind the prefix are a mistake, not noise.  v4-mapped and NAT64 networks become the
 * IPv4 networks they stand for, as clients do (addr_unwrap()).
 */
#pragma once

#include "addr.h"

/* Everybody, of whatever family. */
#define NETWORK_ALL ((struct addr_key){ .family = AF_UNSPEC })

/* 0; or -EINVAL with what is wrong in `wrong`, to follow the quoted word: "is not an
 * address or a network", "has bits beyond its prefix: 10.0.0.0/8 would be right". */
int network_parse(const char *word, struct addr_key *ret_network, struct text *wrong);

/* Is every client of `inner` also one of `outer`?  One client is the network of its whole
 * address, or its id. */
bool network_covers(const struct addr_key *outer, const struct addr_key *inner);

/* "192.0.2.0/24" "192.0.2.7" "uid 1000" "cid 3" "all" */
void network_put(struct text *, const struct addr_key *network);
