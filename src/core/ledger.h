/*
 * ledger -- what a service keeps from one set of settings to the next
 *
 * A reload makes a new struct prong_service of the same name; its counts, the sessions
 * that are live, and what was said too often go on here.  Lives while a service, old or
 * new, points to it.  No system call.
 */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "admit.h"
#include "limiter.h"
#include "prong.h"

/* What refusals are counted under. */
enum refusal {
	REFUSAL_SERVICE_FULL,
	REFUSAL_SOURCE_FULL,
	REFUSAL_NO_DESCRIPTORS,
	REFUSAL_DENIED,
	REFUSAL_PENALTY,
	REFUSAL_SOURCES_FULL,
	REFUSAL_EARLY_DROP,
	REFUSAL_SOURCE_RATE,
	REFUSAL_RATE,
	REFUSAL_WAITING_FULL,
	REFUSAL_GONE,
	REFUSAL_PROXY,
	REFUSAL_POLICY,
	REFUSAL_POLICY_FAILED,
	REFUSAL_STOPPING,
	REFUSAL_FAILED, /* let in, but no process could be started: counted as failed */
	REFUSAL_COUNT,
};

/* "service-full", "penalty" ...: one name in the log, in texts and in settings. */
const char *refusal_name(enum refusal);

#define SPARE_REASONS 16

/* Of processes that were started ahead. */
struct spare_counts {
	uint64_t hits, misses, failed, lost, retired;
	uint64_t reasons[SPARE_REASONS]; /* of what failed or was lost: pool_tell.c */
};

/* First come, first served. */
TAILQ_HEAD(ready_queue, conn);

struct ledger {
	struct ledger *next;
	char name[64];
	uint32_t number;               /* under which its sources are counted */
	uint32_t users;                /* services that point here */
	bool is_held;                  /* an operator's pause */
	bool is_serving_ready;         /* those that wait for room get it */
	struct prong_service *serving; /* the one that accepts; NULL: none does */
	struct gate gate;
	struct memory memory;
	uint32_t waiting;         /* clients without a session, for whatever reason */
	struct ready_queue ready; /* of these: whose turn it is, but there is no room */
	uint64_t numbered;        /* sessions begun */
	uint64_t refused, failed;
	uint64_t refusals[REFUSAL_COUNT];
	struct spare_counts spares;
	uint64_t told; /* what was said last of where it serves, as a checksum */
	uint64_t told_isolation; /* ... and of what is taken from programs */
	struct limiter refusals_told[REFUSAL_COUNT];
	struct limiter failures_told, penalties_told, policy_told, forbidden_told;
};

struct ledgers {
	struct ledger *first;
	uint32_t numbered;
	struct prong_stats past; /* of services that are no more */
};

/* The ledger of that name, made if there is none.  NULL: no memory. */
struct ledger *ledgers_get(struct ledgers *, const char *name);

/* Lets go of it; the last one to do so ends it, and its numbers go into the past. */
void ledgers_put(struct ledgers *, struct ledger *);

/* All of them together, those that are no more included. */
void ledgers_sum(const struct ledgers *, struct prong_stats *ret_stats);

/* Its own numbers. */
void ledger_sum(const struct ledger *, struct prong_stats *ret_stats);
