#include "reload.h"

#include "conn.h"
#include "entry.h"
#include "listener.h"
#include "open.h"
#include "turn.h"

void
reload_free_set(struct prong_service **set)
{
	struct prong_service **at = set;

	while (*at != NULL) {
		struct prong_service *service = *at;

		if (service->base == NULL) {
			at = &service->next;
			continue;
		}
		*at = service->next;
		service_free(service);
	}
	while (*set != NULL) {
		struct prong_service *service = *set;

		*set = service->next;
		service_free(service);
	}
}

/* Variants go before their base, which may still send somebody to them. */
static bool
reload_is_over(const struct prong_service *service)
{
	return service->live == 0 && pool_is_empty(&service->pool) &&
	       cgroups_are_idle(service) && service->cells.used == 0 &&
	       service->variant_count == 0 && service_base(service)->live == 0;
}

static bool
reload_sweep_once(struct prong *server)
{
	struct prong_service **at = &server->retired;
	bool has_freed = false;

	while (*at != NULL) {
		struct prong_service *service = *at;

		if (!reload_is_over(service)) {
			at = &service->next;
			continue;
		}
		*at = service->next;
		if (service->ledger->users == 1)
			service_flush_refusals(service);
		service_free(service);
		has_freed = true;
	}
	return has_freed;
}

void
reload_sweep(struct prong *server)
{
	if (!server->is_sweep_due)
		return;
	server->is_sweep_due = false;
	while (reload_sweep_once(server))
		;
}

PRONG_API int
prong_reload_begin(struct prong *server)
{
	if (!server->is_started || server->is_draining)
		return engine_fail(server, -EINVAL,
		    server->is_draining
			? "cannot begin a new set of services: the server is stopping"
			: "cannot begin a new set of services: the server was not "
			  "started; before that they are added as they are");
	if (server->is_making)
		return engine_fail(server, -EBUSY,
		    "cannot begin a new set of services: one was begun already; "
		    "prong_reload_commit() or prong_reload_abort() ends it");
	server->is_making = true;
	return 0;
}

PRONG_API void
prong_reload_abort(struct prong *server)
{
	server->is_making = false;
	reload_free_set(&server->making);
}

/* The last clients of a listener that nobody will look at again get their process.  What
 * was taken over has only its settings yet. */
static void
reload_empty(struct prong *server, struct prong_service *service)
{
	bool is_able = !server->is_thawed;

	for (size_t i = 0; i < service->listener_count; i++) {
		if (open_is_kept(server->services, &service->listeners[i]))
			continue;
		if (!is_able && engine_revive(server, service) < 0)
			return;
		is_able = true;
		listener_empty(&service->listeners[i]);
	}
}

static void
reload_retire(struct prong *server, struct prong_service *service)
{
	service_retire(service);
	service->next = server->retired;
	server->retired = service;
	server->is_sweep_due = true;
}

static uint32_t
count_services(const struct prong_service *set)
{
	uint32_t count = 0;

	for (; set != NULL; set = service_next(set))
		count++;
	return count;
}

static void
reload_tell(struct prong *server)
{
	struct event event;

	event_begin(&event, EVENT_RELOADED, NULL, NULL);
	event_number(&event, "services", count_services(server->services));
	if (engine_sessions(server) > 0)
		event_number(&event, "older", engine_sessions(server));
	event_send(&event, &server->sink);
}

/* What was taken over has no rules: those that wait in it belong to the service that
 * serves, and are sent away where there is none. */
static void
reload_adopt(struct prong *server)
{
	const struct slots *slots = &server->slots;
	struct conn *next;

	for (struct conn *at = slots_next(slots, NULL); at != NULL; at = next) {
		struct prong_service *serving = at->service->ledger->serving;

		next = slots_next(slots, at);
		if (conn_is_session(at))
			continue;
		if (serving != NULL)
			conn_move(at, serving);
		else if (door_of(at->service) == NULL)
			entry_refuse(at, REFUSAL_STOPPING, "its service is no more", 0);
	}
}

static void
reload_swap(struct prong *server)
{
	struct prong_service *old = server->services;

	(void)loop_update_now(&server->loop); /* the trials took their time */
	server->services = server->making;
	server->making = NULL;
	server->is_making = false;
	open_hand_over(old, server->services);
	while (old != NULL) {
		struct prong_service *service = old;

		reload_empty(server, service); /* it may get variants by that */
		old = service->next;
		reload_retire(server, service);
	}
	engine_serve(server, server->services);
	if (!server->is_thawed)
		reload_tell(server);
	else
		reload_adopt(server);
	server->is_thawed = false;
	turn_serve_all(server); /* there may be more room now, or nobody who holds it */
}

PRONG_API int
prong_reload_commit(struct prong *server)
{
	struct text message = TEXT_ON(server->error);
	int rc;

	server->error[0] = '\0';
	if (!server->is_making || server->is_draining) {
		prong_reload_abort(server);
		return engine_fail(server, -EINVAL,
		    server->is_draining
			? "cannot take a new set of services: the server is stopping"
			: "cannot take a new set of services: none was begun; "
			  "prong_reload_begin() does it");
	}
	if (server->making == NULL) {
		prong_reload_abort(server);
		return engine_fail(server, -EINVAL,
		    "cannot take a new set of services: it has none; "
		    "prong_service_add() makes one");
	}
	rc = engine_ready(server, server->making, server->services, false, &message);
	if (rc < 0) {
		prong_reload_abort(server);
		engine_trim_error(server, rc);
		return rc;
	}
	reload_swap(server);
	engine_wake(server);
	return 0;
}

/* A set that can be made, or has been and does not serve yet; NULL: see prong_error(). */
static struct prong_service *
reload_set(struct prong *server, int *ret_rc)
{
	struct prong_service *set = server->is_making ? server->making : server->services;

	server->error[0] = '\0';
	if (server->is_started && !server->is_making)
		*ret_rc = engine_fail(server, -EINVAL,
		    "cannot check: the server serves already; prong_reload_begin() begins "
		    "a set that can be checked");
	else if (set == NULL)
		*ret_rc = engine_fail(server, -EINVAL,
		    "cannot check: there is no service; prong_service_add() makes one");
	else
		return set;
	return NULL;
}

static int
reload_checked(struct prong *server, struct prong_service *set, int rc)
{
	for (struct prong_service *at = set; at != NULL; at = at->next)
		service_close(at);
	if (rc < 0)
		engine_trim_error(server, rc);
	return rc;
}

PRONG_API int
prong_check(struct prong *server)
{
	struct text message = TEXT_ON(server->error);
	int rc;
	struct prong_service *set = reload_set(server, &rc);

	if (set == NULL)
		return rc;
	rc = engine_ready(
	    server, set, server->is_making ? server->services : NULL, true, &message);
	return reload_checked(server, set, rc);
}

PRONG_API int
prong_try(struct prong *server)
{
	struct text message = TEXT_ON(server->error);
	int rc;
	struct prong_service *set = reload_set(server, &rc);

	if (set == NULL)
		return rc;
	rc = engine_prepare(server, set, &message);
	return reload_checked(server, set, rc < 0 ? rc : engine_doubt_ahead(set));
}
