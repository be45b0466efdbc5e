#include "drain.h"

#include "ask.h"
#include "conn.h"
#include "entry.h"
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
drain_tell_ending(struct prong *server, uint32_t count)
{
	struct event event;

	event_begin(&event, EVENT_ENDING, NULL, NULL);
	event_number(&event, "live", count);
	event_send(&event, &server->sink);
}

/* Whoever has no session gets none. */
static void
drain_send_away(struct prong *server)
{
	struct conn *next;

	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL; at = next) {
		next = slots_next(&server->slots, at);
		if (!conn_is_session(at))
			entry_cancel(at, ENTRY_STOPPING);
	}
}

static void
drain_stop_accepting(struct prong *server)
{
	prong_reload_abort(server);
	server->is_draining = true;
	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		service_update(at);
		pool_close(&at->pool, false);
		cells_close(&at->cells);
		for (size_t i = 0; i < at->listener_count; i++)
			listener_close(&at->listeners[i]);
	}
	drain_send_away(server);
}

/* How long sessions of the service may go on; 0: for ever. */
static msec
drain_allows(const struct prong_service *service)
{
	const struct prong *server = service->server;

	return server->drain_asked > 0 ? server->drain_asked
				       : service->settings.drain_timeout;
}

/* The longest that any of them allows; one without limit makes all wait. */
static msec
drain_longest(const struct prong *server)
{
	msec longest = 0;

	for (const struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at)) {
		msec allowed = drain_allows(at->service);

		if (allowed == 0)
			return 0;
		if (allowed > longest)
			longest = allowed;
	}
	return longest;
}

static void
drain_end(struct prong *server)
{
	if (server->is_ending || server->slots.live == 0)
		return;
	server->is_ending = true;
	drain_tell_ending(server, server->slots.live);
	drain_end_all(server, conn_terminate, CAUSE_DRAIN);
}

/* Ends those whose time is over, and comes again when the next one's is. */
static void
drain_look(struct prong *server)
{
	const msec gone_by = engine_now(server) - server->drain_began;
	msec next = 0;
	uint32_t ended = 0;

	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at)) {
		msec allowed = drain_allows(at->service);

		if (at->state != CONN_RUNNING || allowed == 0)
			continue;
		if (allowed <= gone_by) {
			conn_terminate(at, CAUSE_DRAIN);
			ended++;
		} else if (next == 0 || allowed < next) {
			next = allowed;
		}
	}
	if (ended > 0)
		drain_tell_ending(server, ended);
	if (next > 0)
		timer_arm(&server->timers, &server->drain, server->drain_began + next);
}

void
drain_fire(struct timer *timer, msec now)
{
	(void)now;
	drain_look(container_of(timer, struct prong, drain));
}

/* A deadline that is asked for counts from now, whatever was asked before. */
static void
drain_set(struct prong *server, int64_t timeout_ms)
{
	server->drain_asked = timeout_ms > 0 ? timeout_ms : 0;
	server->drain_began = engine_now(server);
	timer_disarm(&server->timers, &server->drain);
	drain_look(server);
}

static void
drain_begin_within(struct prong *server, int64_t timeout_ms)
{
	struct event event;
	msec longest;

	drain_stop_accepting(server);
	server->drain_asked = timeout_ms > 0 ? timeout_ms : 0;
	longest = drain_longest(server);
	event_begin(&event, EVENT_DRAINING, NULL, NULL);
	event_number(&event, "live", server->slots.live);
	if (longest > 0 && timeout_ms != 0)
		event_number(&event, "timeout_ms", longest);
	event_send(&event, &server->sink);
	drain_set(server, timeout_ms);
}

void
drain_begin(struct prong *server)
{
	(void)loop_update_now(&server->loop);
	if (server->is_draining)
		drain_end(server);
	else
		drain_begin_within(server, -1);
}

void
drain_within(struct prong *server, int64_t timeout_ms)
{
	(void)loop_update_now(&server->loop);
	if (!server->is_draining)
		drain_begin_within(server, timeout_ms);
	else if (timeout_ms > 0)
		drain_set(server, timeout_ms);
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
	else if (conn->state == CONN_ASKING && conn->clocks.at[DUE_ENTRY] == 0)
		ask_due(conn); /* the same */
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
	drain_tell_ending(server, server->slots.live);
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
		prong_stats(server, &stats, sizeof(stats));
		event_begin(&event, EVENT_DRAINED, NULL, NULL);
		event_number(&event, "ended", (int64_t)(stats.ended - stats.failed));
		if (stats.failed > 0)
			event_number(&event, "failed", (int64_t)stats.failed);
		event_number(&event, "refused", (int64_t)stats.refused);
		event_send(&event, &server->sink);
	}
	return true;
}
