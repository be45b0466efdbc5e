/* The public interface: a server's life, and running.  The rest of prong.h is in
 * before.c, host.c, reload.c, look.c, steer.c, why.c, penalties.c, freeze.c, thaw.c and
 * event.c. */
#include "prong.h"

#include <string.h>

#include "conn.h"
#include "drain.h"
#include "engine.h"
#include "extend.h"
#include "listener.h"
#include "orphans.h"
#include "reload.h"
#include "session_id.h"

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
	server->wake.fire = engine_woken;
	guests_init(&server->guests, &server->loop);
	warden_init(&server->warden);
	cgroups_init(&server->cgroups);
	(void)getrlimit(RLIMIT_NOFILE, &server->files_before);
	server->tracers_most = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN) + 1;
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
	session_id_init(server);
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
		close_fd(&at->channel);
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
	warden_done(&server->warden, server->owner == getpid());
	reload_free_set(&server->services);
	reload_free_set(&server->making);
	reload_free_set(&server->retired);
	cgroups_done(server);
	alarms_done(server);
	timers_done(&server->timers);
	loop_done(&server->loop);
	spawn_done(&server->nursery);
	free(server);
}

PRONG_API const char *
prong_error(const struct prong *server)
{
	return server != NULL ? server->error
			      : "there is no server: prong_new() failed, errno says why";
}

PRONG_API void
prong_on_event(struct prong *server, prong_event_fn *receive, void *context)
{
	server->sink = (struct event_sink){ .receive = receive, .context = context };
}

PRONG_API int
prong_start(struct prong *server)
{
	struct text message = TEXT_ON(server->error);
	int rc;

	server->error[0] = '\0';
	if (server->is_started)
		return engine_fail(server, -EBUSY,
		    "cannot start: the server was started already; another set of "
		    "services takes its place by prong_reload_begin()");
	if (server->services == NULL)
		return engine_fail(server, -EINVAL,
		    "cannot start: there is no service; prong_service_add() makes one");
	rc = engine_ready(server, server->services, NULL, false, &message);
	if (rc < 0) {
		engine_stop(server);
		engine_trim_error(server, rc);
		return rc;
	}
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

	if (server->is_turning)
		return engine_fail(server, -EBUSY,
		    "cannot dispatch: prong_dispatch() was called by one of the functions "
		    "that it calls; return from that one first");
	server->is_turning = true;
	/* Those that were started ahead may be ending still, and are not to keep a host
	 * awake. */
	rc = loop_turn(&server->loop, drain_is_over(server) ? 0 : timeout_ms);
	pool_turn(server);
	cells_turn(server);
	reload_sweep(server);
	server->is_turning = false;
	if (rc < 0)
		return engine_fail(
		    server, rc, "cannot wait: the server's epoll descriptor is not open");
	if (drain_is_over(server))
		return 1;
	engine_wake(server);
	return 0;
}

PRONG_API int
prong_watch(
    struct prong *server, int fd, uint32_t events, prong_ready_fn *ready, void *context)
{
	const bool lacks_function = ready == NULL && events != 0;
	int rc = lacks_function
		     ? -EINVAL
		     : guests_watch(&server->guests, fd, events, ready, context);
	struct text error = TEXT_ON(server->error);

	if (rc < 0)
		text_printf(&error, "cannot watch descriptor %d: %s", fd,
		    lacks_function ? "there is no function to call" : guests_why(rc));
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
	return service != NULL && i < service->listener_count ? service->listeners[i].name
							      : NULL;
}

PRONG_API int
prong_drain(struct prong *server)
{
	if (!server->is_started)
		return engine_fail(server, -EINVAL,
		    "cannot drain: the server was not started; prong_start() does it");
	drain_begin(server);
	engine_wake(server);
	return 0;
}

PRONG_API int
prong_kill(struct prong *server)
{
	if (!server->is_started)
		return engine_fail(server, -EINVAL,
		    "cannot kill: the server was not started; prong_start() does it");
	drain_kill(server);
	engine_wake(server);
	return 0;
}

PRONG_API int
prong_reap_orphans(struct prong *server)
{
	orphans_reap(server);
	return 0;
}

PRONG_API void
prong_stats(const struct prong *server, struct prong_stats *ret, size_t size)
{
	struct prong_stats stats;

	ledgers_sum(&server->ledgers, &stats);
	extend(ret, size, &stats, sizeof(stats));
}
