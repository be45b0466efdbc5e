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
	uint32_t owner; /* number of the service it is counted for */
	struct addr_key key;
	uint32_t live; /* sessions at once */
};

RB_HEAD(source_tree, source);

#define SOURCES_SEGMENTS 32

struct sources_segment {
	struct source *pool;
	uint32_t capacity, used_once; /* entries that were ever taken */
};

struct sources {
	struct source_tree tree;
	struct sources_segment segments[SOURCES_SEGMENTS];
	uint32_t count; /* of segments */
	struct source *free;
	uint32_t capacity;
};

/* -ENOMEM. */
int sources_init(struct sources *, uint32_t capacity);
void sources_done(struct sources *);

/* Room for at least `capacity` in all; what is there stays where it is.  -ENOMEM,
 * -ENOSPC: no segment is left. */
int sources_grow(struct sources *, uint32_t capacity);

/* The owner's source of this key, made if it is not known; NULL if the pool is
 * exhausted, which cannot be while every live session holds at most one. */
struct source *sources_get(struct sources *, uint32_t owner, const struct addr_key *key);

/* Forgets the source if it has nothing left to remember. */
void sources_put(struct sources *, struct source *);
