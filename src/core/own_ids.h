/*
 * own_ids -- numbers of users that only one session has
 *
 * Each range of `uid-range` that is in use is kept once, however many services, old and
 * new, have it.  Which numbers are taken is noted for the whole server, by number, so
 * that ranges may overlap.  Numbers are given out in turn: one that was given back comes
 * again when all others have had theirs.  Memory is taken by own_ids_get() alone; a
 * number costs a bit.  No system call.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tree.h"

#define OWN_IDS_WORDS 64
#define OWN_IDS_PAGE (OWN_IDS_WORDS * 64)

/* Numbers from `key` * OWN_IDS_PAGE on. */
struct own_page {
	RB_ENTRY(own_page) node;
	uint32_t key, users;
	uint64_t full; /* words of which all are taken */
	uint64_t taken[OWN_IDS_WORDS];
};

struct own_range {
	struct own_range *next;
	uint32_t first, last;
	uint32_t turn;  /* where the next is looked for */
	uint32_t users; /* services that have it */
	uint32_t page_count;
	struct own_page *pages[];
};

RB_HEAD(own_pages, own_page);

struct own_ids {
	struct own_pages pages;
	struct own_range *ranges;
};

/* The range, for one more who has it.  NULL: no memory. */
struct own_range *own_ids_get(struct own_ids *, uint32_t first, uint32_t last);

/* One fewer has it.  Its numbers must have been given back, or be nobody's any more. */
void own_ids_put(struct own_ids *, struct own_range *);

/* A number that nobody has; 0: all are taken. */
uint32_t own_ids_take(struct own_range *);

/* Just this one; false: it is taken, or not of this range. */
bool own_ids_claim(struct own_range *, uint32_t number);

void own_ids_give(struct own_range *, uint32_t number);
