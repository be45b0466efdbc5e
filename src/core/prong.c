/* The public interface: a server's life, its services before they serve, and running.
 * The rest of prong.h is in reload.c, look.c, steer.c, freeze.c, thaw.c and event.c. */
#include "prong.h"

#include <string.h>
#include <time.h>

#include "conn.h"
#include "drain.h"
#include "engine.h"
#include "listener.h"
#include "orphans.h"
#include "reload.h"

PRONG_API struct prong *
prong_new(void)
{
	struct prong *server = calloc(1, sizeof(*server));
	int rc;

	if (server == NULL)
		return NULL;
	server->spare_fd = -1;
	server->timers.fd = server->loop.epoll_fd = -1;
	server->owner = getpid();
	server->drain.fire = drain_fire;
	server->orphans.fire = orphans_fire;
	guests_init(&server->guests, &server->loop);
	warden_init(&server->warden);
	(void)getrlimit(RLIMIT_NOFILE, &server->files_before);
	rc = spawn_init(&server->nursery);
	if (rc == 0)
		rc = loop_init(&server->loop);
	if (rc == 0)
		rc = timers_init(&server->timers, &server->loop);
	if (rc < 0) {
		prong_free(server);
		errno = -rc;
		return NULL;
	}
	return server;
}

static void
end_and_reap(struct prong *server)
{
	guests_done(&server->guests);
	drain_kill(server);
	while (server->slots.live > 0 && loop_turn(&server->loop, -1) == 0)
		;
	warden_stop(server);
}

static void
forget_paths(struct prong_service *set)
{
	for (struct prong_service *at = set; at != NULL; at = at->next)
		for (size_t i = 0; i < at->listener_count; i++)
			at->listeners[i].bound.has_path = false;
}

/*
 * In a forked child of the host everything here is a copy but the epoll set, which is
 * shared: without it nothing can be taken out of the parent's.  Paths stay, for the
 * parent listens there; descriptors go, for a client sees the end of its connection only
 * when the last copy is closed.
 */
static void
forget_parent(struct prong *server)
{
	loop_done(&server->loop);
	forget_paths(server->services);
	forget_paths(server->making);
	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at)) {
		close_fd(&at->client_fd);
		close_fd(&at->pidfd);
		close_fd(&at->error_fd);
	}
}

PRONG_API void
prong_free(struct prong *server)
{
	if (server == NULL)
		return;
	if (server->owner != getpid())
		forget_parent(server);
	else if (server->is_started)
		end_and_reap(server);
	engine_stop(server);
	warden_done(&server->warden);
	reload_free_set(&server->services);
	reload_free_set(&server->making);
	reload_free_set(&server->retired);
	timers_done(&server->timers);
	loop_done(&server->loop);
	spawn_done(&server->nursery);
	free(server);
}

PRONG_API const char *
prong_error(const struct prong *server)
{
	return server->error;
}

PRONG_API struct prong_service *
prong_service_add(struct prong *server, const char *name)
{
	struct prong_service **last =
	    server->is_making ? &server->making : &server->services;
	int rc;

	if (server->is_started && !server->is_making) {
		(void)engine_fail(server, -EBUSY,
		    "services are added before the start, or to a new set");
		return NULL;
	}
	while (*last != NULL) {
		if (strcmp((*last)->name, name) == 0) {
			(void)engine_fail(
			    server, -EEXIST, "two services have the same name");
			return NULL;
		}
		last = &(*last)->next;
	}
	*last = service_new(server, name, &rc);
	if (*last == NULL)
		(void)engine_fail(server, rc,
		    rc == -ENOMEM
			? "no memory for a service"
			: "a service's name is 1 to 63 letters, digits, or -_.@");
	return *last;
}

PRONG_API int
prong_listen(struct prong_service *service, const char *where)
{
	struct prong *server = service->server;

	if (service->is_settled)
		return engine_fail(
		    server, -EBUSY, "addresses are added before the start");
	if (setting_list_add(&service->settings.listen, where) < 0)
		return engine_fail(server, -ENOMEM, "no memory for an address");
	return 0;
}

PRONG_API int
prong_set(struct prong_service *service, const char *name, const char *value)
{
	struct prong *server = service->server;

	if (service->is_settled)
		return engine_fail(server, -EBUSY, "settings are set before the start");
	return settings_set(
	    &service->settings, name, value, server->error, sizeof(server->error));
}

PRONG_API int
prong_program(struct prong_service *service, const char *const argv[])
{
	struct prong *server = service->server;

	if (service->is_settled)
		return engine_fail(server, -EBUSY, "the program is set before the start");
	if (argv[0] == NULL)
		return engine_fail(server, -EINVAL, "a program needs at least its name");
	setting_list_done(&service->settings.program);
	service->handler = NULL;
	for (size_t i = 0; argv[i] != NULL; i++)
		if (setting_list_add(&service->settings.program, argv[i]) < 0)
			return engine_fail(server, -ENOMEM, "no memory for a program");
	return 0;
}

PRONG_API int
prong_handler(struct prong_service *service, prong_handler_fn *handler, void *context)
{
	struct prong *server = service->server;

	if (service->is_settled)
		return engine_fail(server, -EBUSY, "the handler is set before the start");
	service->handler = handler;
	service->context = context;
	return 0;
}

PRONG_API void
prong_on_event(struct prong *server, prong_event_fn *receive, void *context)
{
	server->sink = (struct event_sink){ .receive = receive, .context = context };
}

static uint64_t
id_base(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000) << 22;
}

PRONG_API int
prong_start(struct prong *server)
{
	struct text message = TEXT_ON(server->error);
	int rc;

	server->error[0] = '\0';
	if (server->is_started)
		return engine_fail(server, -EBUSY, "the server was started already");
	if (server->services == NULL)
		return engine_fail(server, -EINVAL, "there is no service to start");
	rc = engine_ready(server, server->services, NULL, false, &message);
	if (rc < 0) {
		engine_stop(server);
		engine_trim_error(server, rc);
		return rc;
	}
	server->id_base = id_base();
	server->is_started = true;
	engine_serve(server, server->services);
	return 0;
}

PRONG_API int
prong_fd(const struct prong *server)
{
	return loop_fd(&server->loop);
}

PRONG_API int
prong_dispatch(struct prong *server, int timeout_ms)
{
	int rc;

	if (drain_is_over(server))
		return 1;
	rc = loop_turn(&server->loop, timeout_ms);
	reload_sweep(server);
	if (rc < 0)
		return engine_fail(server, rc, strerror(-rc));
	return drain_is_over(server) ? 1 : 0;
}

PRONG_API int
prong_watch(
    struct prong *server, int fd, uint32_t events, prong_ready_fn *ready, void *context)
{
	int rc = guests_watch(&server->guests, fd, events, ready, context);
	struct text error = TEXT_ON(server->error);

	if (rc < 0)
		text_printf(&error, "cannot watch descriptor %d: %s", fd, strerror(-rc));
	return rc;
}

PRONG_API void
prong_unwatch(struct prong *server, int fd)
{
	guests_unwatch(&server->guests, fd);
}

PRONG_API const char *
prong_bound(const struct prong_service *service, size_t i)
{
	return i < service->listener_count ? service->listeners[i].name : NULL;
}

PRONG_API int
prong_drain(struct prong *server)
{
	if (!server->is_started)
		return engine_fail(server, -EINVAL, "the server was not started");
	drain_begin(server);
	return 0;
}

PRONG_API int
prong_kill(struct prong *server)
{
	if (!server->is_started)
		return engine_fail(server, -EINVAL, "the server was not started");
	drain_kill(server);
	return 0;
}

PRONG_API int
prong_reap_orphans(struct prong *server)
{
	orphans_reap(server);
	return 0;
}

PRONG_API void
prong_stats(const struct prong *server, struct prong_stats *ret)
{
	ledgers_sum(&server->ledgers, ret);
}
