/*
 * leash -- a forked child does not end before its parent has hold of it
 *
 * Until its pidfd is known, whoever else waits for children would take its status, and
 * its number would be anybody's; where the host ignores SIGCHLD that needs nobody.
 * fork(3) knows no pidfds, and what libc does around it is needed.  So each child waits
 * until as many as it is were let go, in a word of memory that only they and we share.
 * Hardly one ever has to.
 */
#pragma once

#include "base.h"

struct leash {
	uint32_t *gone; /* shared: how many were let go */
};

/* 0 or -ENOMEM. */
int leash_init(struct leash *);
void leash_done(struct leash *);

/* Before the fork: which one it will be. */
uint32_t leash_number(const struct leash *);

/* The parent has its pidfd. */
void leash_let_go(struct leash *);

/* In the child: until it was let go, or the parent is no more.  Its own copy of the leash
 * is gone afterwards. */
void leash_wait(struct leash *, uint32_t number, pid_t parent);
