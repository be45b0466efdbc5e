/*
 * engine -- what one server holds together
 *
 * The inside of struct prong.  Everything is sized by prong_start() and by a reload;
 * nothing is allocated for a client, but for the groups of one who is in very many.
 */
#pragma once

#include <sys/uio.h>

#include "alarms.h"
#include "capacity.h"
#include "cgroups.h"
#include "event.h"
#include "guests.h"
#include "introduction.h"
#include "loop.h"
#include "output.h"
#include "own_ids.h"
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
	struct cgroups cgroups;
	struct alarms alarms;
	struct slots slots;
	struct sources sources;
	struct output_rests rests;
	struct introductions introductions;
	bool has_proxies;    /* a service has, or had, `proxy-from` */
	uint32_t remembered; /* sources that all services together may remember */
	uint32_t waiting;    /* clients that have a slot and no session yet */
	uint64_t chance;     /* what the next random number is made from */
	struct iovec reports[SLOTS_SEGMENTS]; /* shared memory, for handlers: room.c */
	uint32_t report_count;
	/* ... which no handler is to reach. */
	struct iovec shared[SLOTS_SEGMENTS];
	uint32_t shared_count;

	/* Services, as lists: those that serve, or will after the start; a new set that
	 * is being made; earlier ones whose last session still lives. */
	struct prong_service *services, *making, *retired;
	bool is_making, is_sweep_due;
	bool is_turning;                /* prong_dispatch() is at work */
	bool is_pool_due;               /* a pool has something to start or to end */
	bool are_cells_due;             /* or cells have */
	uint32_t tracers, tracers_most; /* that start programs now, and at once */
	bool is_thawed;                 /* nothing was served since it was taken over */
	struct ledgers ledgers;
	struct own_ids own_ids;
	struct open_pool *pool;   /* while sockets are opened: those that serve already */
	uint64_t ignored_signals; /* by the host, when services were prepared last */
	struct capacity_facts facts; /* of the machine when the server began to serve */

	uint64_t id_base; /* of session_id: the next, at least */
	msec id_epoch;
	uint32_t id_place;
	int spare_fd;       /* given up to accept one more when descriptors run out */
	pid_t owner;        /* the process that may signal and reap */
	char frozen_by[32]; /* the version that handed over; "": none did */
	struct rlimit files_before; /* RLIMIT_NOFILE when the server was made */

	bool is_started, is_draining, is_ending, is_killing, is_drained_told;
	struct timer drain, orphans, wake;
	msec drain_began, drain_asked; /* 0: each service has its own */

	/* Where the environment of the next child is written. */
	char *environment[ENGINE_ENVIRONMENT + 1];
	char environment_bytes[ENGINE_ENVIRONMENT_BYTES];
	size_t environment_own; /* of the connection; they stand before the service's */

	char error[16384];
	char answer[4096]; /* the texts of prong_why() */
	char look_proxy[ADDR_TEXT_MAX];
	char look[ADDR_TEXT_MAX]; /* the source of the session that was looked at last */
};

static inline msec
engine_now(const struct prong *server)
{
	return server->loop.now;
}

/* To be called last by whatever a host may call between two turns, and by a turn: if that
 * left something to do, the server's descriptor becomes readable. */
void engine_wake(struct prong *);
void engine_woken(struct timer *, msec now);

/* Of a service with its variants: descriptors that one session takes, at most; */
uint32_t engine_files_per_session(const struct prong_service *base);

/* ... what does not depend on them: listeners, and what waits, at most; */
uint64_t engine_files_apart(const struct prong_service *base);

/* ... processes that are started ahead, at most; */
uint64_t engine_processes_ahead(const struct prong_service *base);

/* Cells of a service, ended ones that are not reaped yet included, at most. */
uint32_t engine_cells_needed(const struct prong_service *);

/* ... and bytes of this process. */
uint64_t engine_memory(const struct prong_service *base);

/* Clients that may have to wait without a session, at most. */
uint32_t engine_waiting(const struct prong_service *base);

/* Settles how many sessions each service of the set can have, and makes room for them.
 * -ENOMEM with a line in `message`. */
int engine_size(struct prong *, struct prong_service *set, struct text *message);

/* From settings to plans, and a trial of each.  0 or -errno with lines in `message`. */
int engine_prepare(struct prong *, struct prong_service *set, struct text *message);

/* From settings to sockets that nobody looks at yet; sockets of `old` are taken over.
 * Nothing is allocated later.  With `is_check` it goes no further: no client is to come.
 * 0 or -errno with lines in `message`, and then none of the set's sockets is open. */
int engine_ready(struct prong *, struct prong_service *set,
    const struct prong_service *old, bool is_check, struct text *message);

/* What cannot be had here is noted as missing, for whoever only looks.  -ENOMEM. */
int engine_doubt_ahead(struct prong_service *set);

/* A service that was taken over from another program, and serves no more, can start
 * programs for those who still wait.  0 or -errno. */
int engine_revive(struct prong *, struct prong_service *);

/* The descriptor that is given up when there is no other, once there are others. */
void engine_keep_one(struct prong *);

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

/* Was the same told already, in the set before?  Notes it in *told. */
bool engine_is_told(uint64_t *told, const struct event *);

/* Says in prong_error() why a call fails; returns rc. */
int engine_fail(struct prong *, int rc, const char *why);

/* The same of a word that somebody said: "'WORD' is not ..." */
int engine_fail_word(struct prong *, int rc, const char *word, const char *why);

/* The lines that were collected in prong_error(): the last one needs no end; and
 * something is said in any case. */
void engine_trim_error(struct prong *, int rc);

/* A number that a client cannot foresee. */
uint32_t engine_chance(struct prong *);

/* Sessions that are live, without those that wait to have one. */
static inline uint32_t
engine_sessions(const struct prong *server)
{
	return server->slots.live - server->waiting;
}

/* An event that is one sentence. */
void engine_tell(struct prong *, enum event_id, const char *service, const char *text);
