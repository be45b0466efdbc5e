/*
 * sources -- clients by address prefix, user id or CID, with what is remembered of them
 *
 * A fixed pool in a balanced tree: whatever addresses an attacker chooses, looking one
 * up costs the logarithm of those that are known, and the pool cannot grow.  A source is
 * known while it has sessions, and after that while it has something to remember: a
 * bucket that is not full, a penalty.  Those wait in another tree, ordered by when they
 * have nothing left; those that are shut out in one of their own, by when that is over.
 * Each service's are bounded: when there is no place for one more, the one makes room
 * that would be forgotten first; only where all are shut out, the one that is let in
 * again first.  No timer: what is over goes when somebody comes.  No system call.
 */
#pragma once

#include "addr.h"
#include "base.h"
#include "bucket.h"
#include "penalty.h"
#include "tree.h"

/* What RB_ENTRY is, without a hole behind the colour: a source has two of them. */
struct source_link {
	struct source *rbe_left, *rbe_right, *rbe_parent;
	int rbe_color;
} __attribute__((packed, aligned(4)));

/* Two cache lines; what is looked at on the way to another one is in the first. */
struct source {
	struct source_link node;
	uint32_t live;         /* sessions at once */
	struct memory *memory; /* of the service it is counted for; NULL: free */
	struct addr_key key;
	bool is_idle;     /* nobody holds it: it is only remembered */
	bool is_out;      /* ... as one that is shut out */
	uint32_t waiting; /* clients whose turn has not come */
	union {
		struct source_link idle; /* while it is */
		struct source *next_free;
	} __attribute__((packed, aligned(4)));
	struct penalty penalty;
	msec over_at; /* while it is idle: it is forgotten, or no longer shut out */
	struct bucket bucket;
};

RB_HEAD(source_tree, source);
RB_HEAD(idle_tree, source);

/* What one service remembers; outlives its settings. */
struct memory {
	uint32_t owner;      /* number of the service */
	uint32_t idle, most; /* sources without a session: now, allowed */
	bool is_strict; /* full of penalties: refuse who is unknown, and forget nobody */
	struct idle_tree forgotten_next, released_next;
	struct penalty_limits limits;
};

#define SOURCES_SEGMENTS 32

struct sources_segment {
	char *block; /* as it was allocated */
	struct source *pool;
	uint32_t capacity, used_once; /* entries that were ever taken */
};

struct sources {
	struct source_tree tree;
	struct sources_segment segments[SOURCES_SEGMENTS];
	uint32_t count; /* of segments */
	struct source *free;
	uint32_t capacity, known;
};

void memory_init(struct memory *, uint32_t owner);

/* Forgets what is idle, at once. */
void memory_done(struct sources *, struct memory *);

/* Other limits: what is too much goes, whatever it owes. */
void memory_limit(struct sources *, struct memory *, uint32_t most, bool is_strict,
    const struct penalty_limits *);

/* -ENOMEM. */
int sources_init(struct sources *, uint32_t capacity);
void sources_done(struct sources *);

/* Room for at least `capacity` in all; what is there stays where it is.  -ENOMEM,
 * -ENOSPC: no segment is left. */
int sources_grow(struct sources *, uint32_t capacity);

/* The source of this key if it is known. */
struct source *sources_find(
    const struct sources *, const struct memory *, const struct addr_key *key);

/*
 * The source of this key, made if it is not known: held until sources_put(), with `live`
 * or `waiting` counted up or not.  NULL if the memory is strict and full of sources that
 * are shut out, every one of them; or if the pool is too small, which wants room for
 * `most` of each memory and for all that are held.
 */
struct source *sources_get(
    struct sources *, struct memory *, const struct addr_key *key, msec now);

/* Would sources_get() find or make one? */
bool sources_have_place(
    const struct sources *, struct memory *, const struct addr_key *key, msec now);

/* Let go of: unless it has sessions or clients that wait, it is forgotten now, or
 * remembered until it has nothing left, or until there are too many. */
void sources_put(struct sources *, struct source *, msec now);

/* Something of it was changed by somebody who does not hold it: found, or got and put.
 * It may be forgotten by that. */
void sources_touch(struct sources *, struct source *, msec now);

/* The known source at or after that index of the pool, or NULL; and its index. */
struct source *sources_from(const struct sources *, uint32_t index, uint32_t *ret_index);
