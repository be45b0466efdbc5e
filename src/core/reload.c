#include "reload.h"

#include "listener.h"
#include "open.h"

void
reload_free_set(struct prong_service **set)
{
	while (*set != NULL) {
		struct prong_service *service = *set;

		*set = service->next;
		service_free(service);
	}
}

void
reload_sweep(struct prong *server)
{
	struct prong_service **at = &server->retired;

	if (!server->is_sweep_due)
		return;
	server->is_sweep_due = false;
	while (*at != NULL) {
		struct prong_service *service = *at;

		if (service->live > 0) {
			at = &service->next;
			continue;
		}
		*at = service->next;
		service_free(service);
	}
}

PRONG_API int
prong_reload_begin(struct prong *server)
{
	if (!server->is_started || server->is_draining)
		return engine_fail(server, -EINVAL,
		    server->is_draining ? "the server is stopping"
					: "the server was not started");
	if (server->is_making)
		return engine_fail(server, -EBUSY, "a new set of services was begun");
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
	reload_empty(server, service);
	service_retire(service);
	service->next = server->retired;
	server->retired = service;
	server->is_sweep_due = true;
}

static uint32_t
count_services(const struct prong_service *set)
{
	uint32_t count = 0;

	for (; set != NULL; set = set->next)
		count++;
	return count;
}

static void
reload_tell(struct prong *server)
{
	struct event event;

	event_begin(&event, EVENT_RELOADED, NULL, NULL);
	event_number(&event, "services", count_services(server->services));
	if (server->slots.live > 0)
		event_number(&event, "older", server->slots.live);
	event_send(&event, &server->sink);
}

static void
reload_swap(struct prong *server)
{
	struct prong_service *old = server->services;

	server->services = server->making;
	server->making = NULL;
	server->is_making = false;
	open_hand_over(old, server->services);
	while (old != NULL) {
		struct prong_service *next = old->next;

		reload_retire(server, old);
		old = next;
	}
	engine_serve(server, server->services);
	if (!server->is_thawed)
		reload_tell(server);
	server->is_thawed = false;
}

PRONG_API int
prong_reload_commit(struct prong *server)
{
	struct text message = TEXT_ON(server->error);
	int rc;

	server->error[0] = '\0';
	if (!server->is_making || server->is_draining) {
		prong_reload_abort(server);
		return engine_fail(
		    server, -EINVAL, "there is no new set of services to take");
	}
	if (server->making == NULL) {
		prong_reload_abort(server);
		return engine_fail(server, -EINVAL, "the new set has no service");
	}
	rc = engine_ready(server, server->making, server->services, false, &message);
	if (rc < 0) {
		prong_reload_abort(server);
		engine_trim_error(server, rc);
		return rc;
	}
	reload_swap(server);
	return 0;
}

PRONG_API int
prong_check(struct prong *server)
{
	struct prong_service *set = server->is_making ? server->making : server->services;
	struct text message = TEXT_ON(server->error);
	int rc;

	server->error[0] = '\0';
	if (server->is_started && !server->is_making)
		return engine_fail(server, -EINVAL, "the server serves already");
	if (set == NULL)
		return engine_fail(server, -EINVAL, "there is no service to check");
	rc = engine_ready(
	    server, set, server->is_making ? server->services : NULL, true, &message);
	for (struct prong_service *at = set; at != NULL; at = at->next)
		service_close(at);
	if (rc < 0)
		engine_trim_error(server, rc);
	return rc;
}
