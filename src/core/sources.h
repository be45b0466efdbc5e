/*
 * sources -- clients by address prefix, user id or CID, with their counts
 *
 * A fixed pool in a balanced tree: whatever addresses an attacker chooses, looking one
 * up costs the logarithm of those that are live, and the pool cannot grow.  A source is
 * known only while it has something to remember.  No system call.
 */
#pragma once

#include "addr.h"
#include "base.h"
#include "tree.h"

struct source {
	RB_ENTRY(source) node;
	struct source *next_free;
	struct addr_key key;
	uint32_t live; /* sessions at once */
};

RB_HEAD(source_tree, source);

struct sources {
	struct source_tree tree;
	struct source *pool, *free;
	uint32_t capacity, used_once; /* entries of the pool that were ever taken */
};

/* -ENOMEM. */
int sources_init(struct sources *, uint32_t capacity);
void sources_done(struct sources *);

/* The source of this key, made if it is not known; NULL if the pool is exhausted, which
 * cannot be while every live session holds at most one. */
struct source *sources_get(struct sources *, const struct addr_key *);

/* Forgets the source if it has nothing left to remember. */
void sources_put(struct sources *, struct source *);
