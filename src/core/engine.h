/*
 * engine -- what one server holds together
 *
 * The inside of struct prong.  Everything is sized by prong_start(); after that nothing
 * is allocated.
 */
#pragma once

#include "event.h"
#include "guests.h"
#include "loop.h"
#include "output.h"
#include "service.h"
#include "slots.h"
#include "sources.h"
#include "spawn.h"
#include "timer.h"

#define ENGINE_ENVIRONMENT 448 /* variables a program gets, at most */
#define ENGINE_ENVIRONMENT_BYTES 8192

struct prong {
	struct loop loop;
	struct timers timers;
	struct guests guests;
	struct event_sink sink;
	struct nursery nursery;
	struct slots slots;
	struct sources sources;
	struct output_rests rests;
	struct report *reports; /* shared memory, one per slot, for handlers */
	struct prong_service *services;

	uint64_t id_base;
	int spare_fd; /* given up to accept one more when descriptors run out */
	pid_t owner;  /* the process that may signal and reap */
	struct rlimit files_before; /* RLIMIT_NOFILE when the server was made */

	bool is_started, is_draining, is_ending, is_killing, is_drained_told;
	struct timer drain, orphans;

	/* Where the environment of the next child is written. */
	char *environment[ENGINE_ENVIRONMENT + 1];
	char environment_bytes[ENGINE_ENVIRONMENT_BYTES];

	char error[4096];
};

static inline msec
engine_now(const struct prong *server)
{
	return server->loop.now;
}

/* From settings to listening: nothing is allocated later.  0 or -errno with lines in
 * `message` and nothing left open. */
int engine_start(struct prong *, struct text *message);

/* Gives back what engine_start() took; sessions must be over. */
void engine_stop(struct prong *);

/* Of the mapping server->reports. */
size_t engine_reports_size(const struct prong *);

/* An event that is one sentence. */
void engine_tell(struct prong *, enum event_id, const char *service, const char *text);
