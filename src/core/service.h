/*
 * service -- what the operator configured, and its life
 *
 *   LOADED -start-> LISTENING <-> FULL | PAUSED | HELD -drain-> DRAINING -last session->
 *                                                over
 *                       `-reload-> RETIRED -last session-> freed
 *
 * Owns its listeners and everything the plan points to; what outlives its settings is in
 * its ledger.  Which of the states holds follows from facts (gate, pause, server) and is
 * not stored twice.
 */
#pragma once

#include <stdbool.h>

#include "cells.h"
#include "door.h"
#include "event.h"
#include "isolation.h"
#include "ledger.h"
#include "plan.h"
#include "pool.h"
#include "prong.h"
#include "settings.h"
#include "timer.h"

struct listener;
struct own_range;

struct prong_service {
	struct prong_service *next;
	struct prong *server;
	char name[64];
	struct settings settings;
	bool is_settled;          /* started, or tried to: its settings are fixed */
	bool is_retired;          /* another set serves */
	bool is_tried;            /* a process went through its stages */
	bool is_confinement_told; /* of its first session */

	/* What each connection gets; the plan points into what follows it. */
	struct plan plan;
	struct isolation isolation;
	struct setting_list argv;        /* of the process, which may be a relay */
	struct setting_list environment; /* what does not depend on the connection */
	char *path;
	gid_t *groups;
	struct own_range *own_range; /* of `uid-range`; NULL: none */
	bool is_builtin;             /* which starts nothing */
	bool is_asker;               /* runs the policy program */
	enum stderr_to stderr_to;    /* in force: who says nothing needs no pipe */
	prong_handler_fn *handler;   /* NULL: a program */
	prong_prepare_fn *prepare;   /* of the handler; NULL: none */
	void *context;
	prong_admit_fn *admit; /* of the host, not of a variant; NULL: nobody is asked */
	void *admit_context;
	prong_end_fn *end; /* the same */
	void *end_context;

	struct pool pool;   /* started ahead of its clients */
	struct cells cells; /* namespaces for its sessions */

	struct listener *listeners;
	size_t listener_count;
	bool is_armed; /* the listeners are watched */

	struct door *door;          /* NULL until it was prepared, and of a variant */
	struct prong_service *base; /* whose variant this is; NULL: of none */
	uint32_t variant_count;     /* that are there, in whatever list */

	struct ledger *ledger;
	uint32_t live; /* connections under these settings and its variants' */
	uint32_t max;  /* what `max` comes to */
	char max_from[64];

	/* After failures of the machine: no accept until the timer fires. */
	struct timer pause;
	msec paused_for;   /* 0: not paused */
	uint32_t failures; /* in a row */
	bool is_failure_told;
	struct timer refusals_flush;
};

/* Itself, or whose variant it is. */
static inline const struct prong_service *
service_base(const struct prong_service *service)
{
	return service->base != NULL ? service->base : service;
}

/* The next of its set that is no variant; NULL: none.  The first of a set is none. */
static inline struct prong_service *
service_next(const struct prong_service *service)
{
	struct prong_service *next = service->next;

	while (next != NULL && next->base != NULL)
		next = next->next;
	return next;
}

/* NULL with -ENOMEM, -EINVAL in *ret_rc. */
struct prong_service *service_new(struct prong *, const char *name, int *ret_rc);
void service_free(struct prong_service *);

/* Closes its listeners and disarms its timers. */
void service_close(struct prong_service *);

/* It serves: its gate is what its settings say, and its listeners are watched. */
void service_open_gate(struct prong_service *);

/* It no longer does; the sessions that were born under it go on. */
void service_retire(struct prong_service *);

/* "listening" "full" "paused" "held" "draining" */
const char *service_state(const struct prong_service *);

/* Watches the listeners if the service may accept now, and not otherwise.  Of one that
 * is retired: those of the service that took its place. */
void service_update(struct prong_service *);

/* The machine could not give what a connection needs: stop accepting for a while that
 * grows with each failure in a row.  `where`: the listener, or NULL. */
void service_pause(struct prong_service *, enum event_id, int error, const char *where);

/* It could again. */
void service_recovered(struct prong_service *);

/* Counts a refusal, and says so unless it was said often enough. */
struct addr;
struct conn;
/* `conn` NULL: it never had a slot. */
void service_refused(struct prong_service *, enum refusal, const struct addr *peer,
    const struct conn *conn, const char *why);

/* Is it nearly full?  Says so when that changes. */
void service_feel_stress(struct prong_service *);

/* What was not said because it was said often enough: said now, as a count. */
void service_flush_refusals(struct prong_service *);
