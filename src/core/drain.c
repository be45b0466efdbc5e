#include "drain.h"

#include "conn.h"
#include "finish.h"
#include "listener.h"

static void
drain_end_all(
    struct prong *server, void (*end)(struct conn *, enum cause), enum cause cause)
{
	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at))
		end(at, cause);
}

static void
drain_tell_ending(struct prong *server)
{
	struct event event;

	event_begin(&event, EVENT_ENDING, NULL, NULL);
	event_number(&event, "live", server->slots.live);
	event_send(&event, &server->sink);
}

static void
drain_stop_accepting(struct prong *server)
{
	prong_reload_abort(server);
	server->is_draining = true;
	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		service_update(at);
		for (size_t i = 0; i < at->listener_count; i++)
			listener_close(&at->listeners[i]);
	}
}

/* The longest that any service allows; one without limit (0) makes all wait. */
static msec
drain_longest(const struct prong_service *set, msec longest)
{
	for (const struct prong_service *at = set; at != NULL; at = at->next) {
		if (at->settings.drain_timeout == 0)
			return 0;
		if (at->settings.drain_timeout > longest)
			longest = at->settings.drain_timeout;
	}
	return longest;
}

/* What sessions were born with holds for them, too. */
static msec
drain_timeout(const struct prong *server)
{
	msec longest = drain_longest(server->services, 1);

	return longest == 0 ? 0 : drain_longest(server->retired, longest);
}

static void
drain_end(struct prong *server)
{
	if (server->is_ending || server->slots.live == 0)
		return;
	server->is_ending = true;
	drain_tell_ending(server);
	drain_end_all(server, conn_terminate, CAUSE_DRAIN);
}

void
drain_fire(struct timer *timer, msec now)
{
	(void)now;
	drain_end(container_of(timer, struct prong, drain));
}

static void
drain_begin_within(struct prong *server, msec timeout)
{
	struct event event;

	drain_stop_accepting(server);
	event_begin(&event, EVENT_DRAINING, NULL, NULL);
	event_number(&event, "live", server->slots.live);
	if (timeout > 0 && server->slots.live > 0)
		event_number(&event, "timeout_ms", timeout);
	event_send(&event, &server->sink);
	if (timeout > 0)
		timer_arm(&server->timers, &server->drain, engine_now(server) + timeout);
}

void
drain_begin(struct prong *server)
{
	(void)loop_update_now(&server->loop);
	if (server->is_draining)
		drain_end(server);
	else
		drain_begin_within(server, drain_timeout(server));
}

/* A deadline that is asked for counts from now, whatever was asked before. */
void
drain_within(struct prong *server, int64_t timeout_ms)
{
	(void)loop_update_now(&server->loop);
	if (!server->is_draining)
		drain_begin_within(
		    server, timeout_ms < 0 ? drain_timeout(server) : timeout_ms);
	else if (timeout_ms > 0)
		timer_arm(
		    &server->timers, &server->drain, engine_now(server) + timeout_ms);
	if (timeout_ms == 0)
		drain_end(server);
}

/* Of those whose process has ended already only the wait for others is cut short. */
static void
drain_kill_one(struct conn *conn, enum cause cause)
{
	if (conn->state == CONN_FINISHING)
		finish_hurry(conn);
	else if (conn->state == CONN_KILLED && conn->clocks.at[DUE_GRACE] == 0)
		finish_stuck(conn); /* found to be so before */
	else
		conn_kill(conn, cause);
}

void
drain_kill(struct prong *server)
{
	(void)loop_update_now(&server->loop);
	if (!server->is_draining)
		drain_stop_accepting(server);
	server->is_ending = server->is_killing = true;
	if (server->slots.live == 0)
		return;
	drain_tell_ending(server);
	drain_end_all(server, drain_kill_one, CAUSE_KILL);
}

bool
drain_is_over(struct prong *server)
{
	struct prong_stats stats;
	struct event event;

	if (!server->is_draining || server->slots.live > 0)
		return false;
	if (!server->is_drained_told) {
		server->is_drained_told = true;
		for (struct prong_service *at = server->services; at != NULL;
		     at = at->next)
			service_flush_refusals(at);
		prong_stats(server, &stats);
		event_begin(&event, EVENT_DRAINED, NULL, NULL);
		event_number(&event, "ended", (int64_t)(stats.ended - stats.failed));
		if (stats.failed > 0)
			event_number(&event, "failed", (int64_t)stats.failed);
		event_number(&event, "refused", (int64_t)stats.refused);
		event_send(&event, &server->sink);
	}
	return true;
}
