/*
 * capacity -- how many sessions the machine can hold
 *
 * The default of `max`, and what a `max` would need.  The reading of facts is apart from
 * the decision, which is pure.
 */
#pragma once

#include "base.h"
#include "text.h"

#define CAPACITY_UNLIMITED UINT64_MAX

struct capacity_facts {
	uint64_t files;        /* RLIMIT_NOFILE, soft */
	uint64_t files_in_use; /* open now */
	uint64_t processes;    /* RLIMIT_NPROC where it binds us */
	uint64_t pids;         /* pids.max of the control group */
	uint64_t pid_max;      /* kernel.pid_max */
	uint64_t memory;       /* bytes available, or what the control group allows */
};

struct capacity_need {
	uint32_t files_per_session;
	uint32_t services;    /* that share the machine's room */
	uint64_t files_apart; /* of listeners and of what waits, all services together */
};

/* CAPACITY_UNLIMITED for what has no limit or cannot be read. */
void capacity_read(struct capacity_facts *);

/* The most sessions each service can have, at least 1; `ret_why` says which fact it
 * comes from, as in "RLIMIT_NOFILE 1024". */
uint32_t capacity_default(
    const struct capacity_facts *, const struct capacity_need *, struct text *ret_why);

/* Descriptors that `sessions` need in all. */
uint64_t capacity_files_needed(
    const struct capacity_facts *, const struct capacity_need *, uint32_t sessions);
