/*
 * pool -- what a service has started ahead of its clients
 *
 * How many (sizing decides), where they come from (each by itself, or as copies of an
 * image), which is next, and what is said when it does not work.  A pool belongs to one
 * service of one set: a reload makes another one.  A client waits for a copy at most, and
 * not long; if there is nothing, a fresh process is started for it.
 */
#pragma once

#include "freshness.h"
#include "limiter.h"
#include "plan.h"
#include "reap.h"
#include "settings.h"
#include "sizing.h"
#include "spare.h"
#include "timer.h"
#include "warm.h"

struct conn;
struct listener;
struct prong;
struct prong_service;
struct text;

struct pool {
	struct prong_service *service;
	enum start_how how; /* in force */
	bool is_open;
	bool is_due;    /* the next turn has something to start or to end */
	bool is_told;   /* what the first one was like */
	bool is_noted;  /* what its files are like */
	bool is_single; /* no copies: each has something of its own that cannot be copied
			 */

	/* What a waiter is started with; prepare_spare.c. */
	struct plan plan;
	struct setting_list argv, environment;
	char slots[WARM_SLOTS_MAX + 1][32]; /* their names; "": no more */
	struct hold_order order;

	struct sizing sizing;
	struct freshness freshness;
	uint64_t looked; /* at the files: the latest wake-up in which */
	struct timer timer;

	struct spare *spares; /* all records */
	uint32_t capacity;
	struct spare *free, *first; /* ... that are ready: the latest is first */
	uint32_t used;              /* records that are not free */
	uint32_t ready, starting;   /* starting: ordered ones that nobody waits for too */
	struct spare *image;        /* copies come from here; NULL: there is none */
	bool is_renewing;           /* an image, or another one, is on its way */
	struct report *report; /* of the latest waiter; of a handler's in shared memory */
	struct report own_report;

	struct limiter told;
	uint32_t changes; /* of its files, within a short time */
	msec changes_since;
	struct hold_report held; /* of the latest that was held */
	char reasons[160];       /* how often each, in words: "ended 3, timeout 1" */
	char reason[192];        /* why `how` is not what was asked, or none is started */
};

/* Records for as many as the settings allow, and what they are started with; to be called
 * when the listeners are open.  -ENOMEM. */
int pool_init(struct prong_service *);

/* The first ones are started, as soon as a turn has time for it. */
void pool_open(struct pool *);

/* Nobody is started any more, and whoever waits ends; they are reaped later.  With
 * `is_last` they are waited for. */
void pool_close(struct pool *, bool is_last);

/* No process is left. */
bool pool_is_empty(const struct pool *);
void pool_done(struct pool *);

/* Something is to be looked at in the next turn, or then. */
void pool_touch(struct pool *);
void pool_arm(struct pool *, msec due);

/* It is on its way, so another one need not be; and not any more. */
void pool_count(struct pool *, struct spare *, enum spare_counted);
void pool_uncount(struct pool *, struct spare *);

/* A record; NULL: there is none left.  And back. */
struct spare *pool_record(struct pool *);
void pool_give(struct pool *, struct spare *);

void pool_push(struct pool *, struct spare *);

/* The one that came last, or where handlers prepare the first, out of those that are
 * ready; NULL: none is. */
struct spare *pool_pop(struct pool *);

/* Not wanted any more; with `is_last` waited for. */
void pool_end_spare(struct pool *, struct spare *, bool is_last);

/* All that start go; pool_arm() has others started. */
void pool_end_starting(struct pool *);

/* All that wait go, and others are started. */
void pool_restart(struct pool *);

/* What came of a start that did not succeed: counted, told, backed off. */
void pool_fail(struct pool *, const struct hold_report *);
void pool_fail_copy(struct pool *, int rc);

enum pool_taken {
	POOL_NONE,
	POOL_TAKEN,   /* the conn has a process, which has its client */
	POOL_ORDERED, /* it will: start_born(), or start_bereft() if that fails */
};

/* A process for a connection, if there is one. */
enum pool_taken pool_take(struct pool *, struct conn *, const struct listener *);

/* One that had been given a client has ended without taking it. */
void pool_unused(struct pool *);

/* Does what is due between two turns of the loop: a few starts at a time. */
void pool_turn(struct prong *);

/* Of ours that wait or are on their way: is it one of them? */
bool pool_has(const struct pool *, pid_t pid);

/* An image owes an answer: there may be a copy that nobody knows of yet. */
bool pool_is_owed(const struct pool *);

/* Copies that were ordered have come, or never will: an end to not knowing. */
void pool_settle(struct pool *);

/* ---- from the spares ------------------------------------------------------------- */

/* It waits, or is an image now. */
void pool_arrived(struct pool *, struct spare *);

/* The tracer has reported something else than that it waits. */
void pool_failed(struct pool *, struct spare *, const struct hold_report *);

/* One that waited has ended. */
void pool_lost(struct pool *, struct spare *, const struct ending *);

/* One that was not wanted has ended. */
void pool_gone(struct pool *, struct spare *);

/* The image has answered orders, or never will again. */
void pool_answers(struct pool *, struct spare *image);

/* ---- in words: pool_tell.c ------------------------------------------------------- */

/* "fresh" "spare" "warm" "clone" */
const char *pool_how_name(enum start_how);

/* What a program that cannot be held did.  True if it will do so again. */
bool pool_reason(const struct hold_report *, struct text *);

/* The stage that the latest waiter failed at; false: none. */
bool pool_put_stage(const struct pool *, char *text, size_t size);

/* How one that waited has ended; NULL: not known. */
void pool_put_ending(const struct ending *, bool was_image, char *text, size_t size);

/* One more of these. */
void pool_count_reason(struct pool *, const struct hold_report *);

/* The first one is ready. */
void pool_tell_ready(struct pool *, const struct spare *);

/* `pool->reason` is why. */
void pool_tell_failed(struct pool *, msec pause);
void pool_tell_retired(struct pool *, uint32_t count, const char *why);
