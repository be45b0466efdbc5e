/*
 * snapshot -- everything one server said at one time
 *
 * Filled object by object from the answers to `status` and then `ps`, and compared with
 * the one before it for what happens in a second.
 */
#pragma once

#include "args.h"
#include "seen.h"

struct snapshot {
	struct seen_server server;
	struct seen_service *services;
	size_t service_count, service_room;
	struct seen_list sessions;
	int64_t taken_ms;          /* CLOCK_MONOTONIC */
	int64_t cpu_us, memory_kb; /* of the supervisor; -1: not known */
	/* compared with the one before, in thousandths; -1: there is none */
	int64_t new_milli, refused_milli; /* a second */
	int64_t permille;                 /* of a processor, by the supervisor */
};

void snapshot_init(struct snapshot *);
void snapshot_done(struct snapshot *);

/* One object of an answer.  -ENOMEM. */
int snapshot_add(struct snapshot *, const json_t *object);

/* All has been added: looks the processes up and compares with `before`, which may be
 * empty. */
void snapshot_finish(struct snapshot *, const struct snapshot *before, int64_t now_ms);

/* The same with what was looked up already: pure. */
void snapshot_compare(struct snapshot *, const struct snapshot *before);
