/*
 * service -- what the operator configured, and its life
 *
 *   LOADED -start-> LISTENING <-> FULL | PAUSED -drain-> DRAINING -last session-> over
 *
 * Owns its listeners and everything the plan points to.  Which of the states holds
 * follows from facts (gate, pause, server) and is not stored twice.
 */
#pragma once

#include <stdbool.h>

#include "admit.h"
#include "event.h"
#include "limiter.h"
#include "plan.h"
#include "prong.h"
#include "settings.h"
#include "timer.h"

struct listener;

/* What refusals are counted under. */
enum refusal {
	REFUSAL_SERVICE_FULL,
	REFUSAL_SOURCE_FULL,
	REFUSAL_NO_DESCRIPTORS,
	REFUSAL_COUNT,
};

struct prong_service {
	struct prong_service *next;
	struct prong *server;
	char name[64];
	struct settings settings;

	/* What each connection gets; the plan points into what follows it. */
	struct plan plan;
	struct setting_list argv;        /* of the process, which may be a relay */
	struct setting_list environment; /* what does not depend on the connection */
	char *path;
	gid_t *groups;
	prong_handler_fn *handler; /* NULL: a program */
	void *context;

	struct listener *listeners;
	size_t listener_count;
	bool is_armed; /* the listeners are watched */

	struct gate gate;
	char max_from[64];
	uint64_t numbered; /* sessions begun */

	/* After failures of the machine: no accept until the timer fires. */
	struct timer pause;
	msec paused_for;   /* 0: not paused */
	uint32_t failures; /* in a row */
	bool is_failure_told;
	struct limiter failures_told;

	struct limiter refusals_told[REFUSAL_COUNT];
	struct timer refusals_flush;
	uint64_t refused, failed;
};

/* NULL with -ENOMEM, -EINVAL in *ret_rc. */
struct prong_service *service_new(struct prong *, const char *name, int *ret_rc);
void service_free(struct prong_service *);

/* Binds every LISTEN word.  0 or -errno with lines in `message`. */
int service_listen(struct prong_service *, struct text *message);
void service_close(struct prong_service *);

/* Watches the listeners if the service may accept now, and not otherwise. */
void service_update(struct prong_service *);

/* The machine could not give what a connection needs: stop accepting for a while that
 * grows with each failure in a row.  `where`: the listener, or NULL. */
void service_pause(struct prong_service *, enum event_id, int error, const char *where);

/* It could again. */
void service_recovered(struct prong_service *);

/* Counts a refusal, and says so unless it was said often enough. */
struct addr;
void service_refused(
    struct prong_service *, enum refusal, const struct addr *peer, const char *why);

/* What was not said because it was said often enough: said now, as a count. */
void service_flush_refusals(struct prong_service *);

/* What a stage works on, for messages: the directory, the user, the program; or NULL. */
const char *service_stage_subject(const struct prong_service *, int stage);
