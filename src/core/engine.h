/*
 * engine -- what one server holds together
 *
 * The inside of struct prong.  Everything is sized by prong_start(); after that nothing
 * is allocated.
 */
#pragma once

#include <sys/uio.h>

#include "capacity.h"
#include "event.h"
#include "guests.h"
#include "loop.h"
#include "output.h"
#include "service.h"
#include "slots.h"
#include "sources.h"
#include "spawn.h"
#include "timer.h"
#include "warden.h"

struct open_pool;

#define ENGINE_ENVIRONMENT 448 /* variables a program gets, at most */
#define ENGINE_ENVIRONMENT_BYTES 8192

struct prong {
	struct loop loop;
	struct timers timers;
	struct guests guests;
	struct event_sink sink;
	struct nursery nursery;
	struct warden warden;
	struct slots slots;
	struct sources sources;
	struct output_rests rests;
	struct iovec reports[SLOTS_SEGMENTS]; /* shared memory, for handlers: room.c */
	uint32_t report_count;
	/* All shared memory, which no handler is to reach: reports and the warden's. */
	struct iovec shared[2 * SLOTS_SEGMENTS];
	uint32_t shared_count;

	/* Services, as lists: those that serve, or will after the start; a new set that
	 * is being made; earlier ones whose last session still lives. */
	struct prong_service *services, *making, *retired;
	bool is_making, is_sweep_due;
	bool is_thawed; /* nothing was served since it was taken over */
	struct ledgers ledgers;
	struct open_pool *pool;   /* while sockets are opened: those that serve already */
	uint64_t ignored_signals; /* by the host, when services were prepared last */
	struct capacity_facts facts; /* of the machine when the server began to serve */

	uint64_t id_base;
	int spare_fd;       /* given up to accept one more when descriptors run out */
	pid_t owner;        /* the process that may signal and reap */
	char frozen_by[32]; /* the version that handed over; "": none did */
	struct rlimit files_before; /* RLIMIT_NOFILE when the server was made */

	bool is_started, is_draining, is_ending, is_killing, is_drained_told;
	struct timer drain, orphans;
	msec drain_began, drain_asked; /* 0: each service has its own */

	/* Where the environment of the next child is written. */
	char *environment[ENGINE_ENVIRONMENT + 1];
	char environment_bytes[ENGINE_ENVIRONMENT_BYTES];

	char error[16384];
	char look[ADDR_TEXT_MAX]; /* the source of the session that was looked at last */
};

static inline msec
engine_now(const struct prong *server)
{
	return server->loop.now;
}

/* Descriptors that one session takes. */
uint32_t engine_files_per_session(const struct settings *);

/* From settings to sockets that nobody looks at yet; sockets of `old` are taken over.
 * Nothing is allocated later.  With `is_check` it goes no further: no client is to come.
 * 0 or -errno with lines in `message`, and then none of the set's sockets is open. */
int engine_ready(struct prong *, struct prong_service *set,
    const struct prong_service *old, bool is_check, struct text *message);

/* A service that was taken over from another program, and serves no more, can start
 * programs for those who still wait.  0 or -errno. */
int engine_revive(struct prong *, struct prong_service *);

/* The set, which is ready, accepts from now on. */
void engine_serve(struct prong *, struct prong_service *set);

/* Room for what the set admits at most, and one more: sessions of earlier sets keep their
 * slots, whatever the new limits are. */
uint32_t engine_slots_needed(const struct prong *, const struct prong_service *set);

/* Gives back what serving took; sessions must be over. */
void engine_stop(struct prong *);

/* The built-ins are in the nursery; they are loaded when they are needed first.  0 or
 * -errno with a line in `message`. */
int engine_load_image(struct prong *, struct text *message);

/* Says in prong_error() why a call fails; returns rc. */
int engine_fail(struct prong *, int rc, const char *why);

/* The lines that were collected in prong_error(): the last one needs no end; and
 * something is said in any case. */
void engine_trim_error(struct prong *, int rc);

/* An event that is one sentence. */
void engine_tell(struct prong *, enum event_id, const char *service, const char *text);
