/*
 * loop -- readiness: who wants to know when a descriptor can be used
 *
 * A thin, level-triggered epoll.  A watch is embedded in its owner, so watching costs
 * no allocation; a callback may remove any watch, its own included, and may add others.
 * The loop is itself one descriptor (loop_fd), so it nests in any other loop.  Owns no
 * descriptor but its epoll.
 */
#pragma once

#include <stdbool.h>
#include <sys/epoll.h>

#include "base.h"

struct watch {
	void (*ready)(struct watch *, uint32_t events);
	int fd; /* watched, not owned; -1 while the watch is removed */
};

#define LOOP_BATCH 128

struct loop {
	int epoll_fd;
	int next, count; /* the part of `batch` that is not dispatched yet */
	msec now;        /* CLOCK_MONOTONIC at the latest wake-up */
	uint64_t wakeups;
	struct epoll_event batch[LOOP_BATCH];
};

/* -EMFILE, -ENFILE, -ENOMEM. */
int loop_init(struct loop *);
void loop_done(struct loop *);

int loop_fd(const struct loop *);

/* Watches fd for `events` (EPOLLIN, ...; EPOLLERR and EPOLLHUP always).  -ENOMEM,
 * -ENOSPC (fs.epoll.max_user_watches), -EPERM (a regular file). */
int loop_add(struct loop *, struct watch *, int fd, uint32_t events);
int loop_change(struct loop *, struct watch *, uint32_t events);

/* The descriptor of one watch becomes another's, which is told of what there is already.
 * If that cannot be had, neither watches it (fd -1). */
void loop_move(struct loop *, struct watch *from, struct watch *to, uint32_t events);

/* Nothing more is delivered to this watch, not even what epoll reported already.  Must
 * come before the descriptor is closed: a child may still hold the same open file, which
 * would then stay in the epoll set.  Idempotent. */
void loop_remove(struct loop *, struct watch *);

/* Waits up to timeout_ms (-1: for ever) and dispatches everything that is ready, batch
 * by batch.  0, or -errno of epoll_wait; EINTR is no error. */
int loop_turn(struct loop *, int timeout_ms);

/* Reads the clock; also done by loop_turn(). */
msec loop_update_now(struct loop *);
