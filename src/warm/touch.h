/*
 * touch -- what a system call means to those who watch a program start
 *
 * Decides, never asks: no system call is made and no memory but the caller's is read
 * here.  Which descriptors are the placeholder, and what stands in the program's memory,
 * is for the caller to find out.
 */
#pragma once

#include <linux/poll.h>
#include <stdint.h>

struct touch_call {
	uint64_t number; /* __NR_..., of this machine */
	uint64_t args[6];
};

enum touch_kind {
	TOUCH_NOTHING,
	/* These touch the connection if what they name is the placeholder: */
	TOUCH_FDS,    /* fds */
	TOUCH_POLL,   /* those of `count` struct pollfd at at[0] that have events */
	TOUCH_SELECT, /* those in the sets at at[0], at[1], at[2] (0: none), below `count`
		       */
	/* After these nobody could watch any more, or not stop watching: */
	TOUCH_RING,   /* io_uring */
	TOUCH_FILTER, /* a seccomp filter */
	/* These do not touch it: */
	TOUCH_CLOSE, /* fds[0], if it is open; no fds: it is not known which */
	TOUCH_EXEC,
	TOUCH_TIMER,
};

struct touch {
	enum touch_kind kind;
	const char *name; /* of the call */
	int fds[2];       /* -1: none */
	uint32_t count;
	uint64_t at[3];
};

/* What the call is; `ret` is always filled. */
void touch_look(const struct touch_call *, struct touch *ret);

/* The first descriptor from index *at on that is asked about, and *at behind it; -1: no
 * more.  A set is of bytes, as on every little-endian machine, for `count` descriptors.
 */
int touch_polled(const struct pollfd *polls, uint32_t count, uint32_t *at);
int touch_selected(const uint8_t *set, uint32_t count, uint32_t *at);
