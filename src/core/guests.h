/*
 * guests -- descriptors of the host in our loop
 *
 * A handful, in a fixed table; see prong_watch().
 */
#pragma once

#include "loop.h"
#include "prong.h"

#define GUESTS_MAX 64

struct guest {
	struct watch watch;
	int fd; /* -1: free; watched unless it waits for nothing */
	prong_ready_fn *ready;
	void *context;
};

struct guests {
	struct loop *loop;
	struct guest pool[GUESTS_MAX];
};

void guests_init(struct guests *, struct loop *);

/* Adds or changes.  -ENOSPC, or the errors of epoll_ctl(2). */
int guests_watch(
    struct guests *, int fd, uint32_t events, prong_ready_fn *, void *context);

/* What such an error means, and what helps. */
const char *guests_why(int rc);

void guests_unwatch(struct guests *, int fd);

/* Nobody is called any more. */
void guests_done(struct guests *);
