/*
 * timer -- deadlines: who wants to be called when
 *
 * Timers are embedded nodes of one tree behind one timerfd, which is set only when the
 * earliest deadline moves forward: nothing armed, no wake-up.  A callback may arm and
 * disarm any timer, its own included.
 */
#pragma once

#include "base.h"
#include "tree.h"
#include "loop.h"

struct timer {
	RB_ENTRY(timer) node;
	msec due; /* 0 while disarmed */
	void (*fire)(struct timer *, msec now);
};

RB_HEAD(timer_tree, timer);

struct timers {
	struct loop *loop;
	struct timer_tree tree;
	struct watch watch;
	int fd;
	msec set_for; /* what the timerfd will fire for; 0: nothing */
};

/* Joins the loop.  -EMFILE, -ENFILE, -ENOMEM. */
int timers_init(struct timers *, struct loop *);
void timers_done(struct timers *);

/* Arms, or moves, a timer; `due` is CLOCK_MONOTONIC and at least 1. */
void timer_arm(struct timers *, struct timer *, msec due);
void timer_disarm(struct timers *, struct timer *);

/* Calls what is due; the loop does this by itself. */
void timers_run(struct timers *, msec now);
