#include "orphans.h"

#include "conn.h"
#include "reap.h"

#define LATER_MS 100
#define AT_ONCE 256
/* Of one sweep: whoever makes us parents of his processes (CLONE_PARENT) may do so as
 * fast as we reap. */
#define REAPED_MOST 256

static bool
is_spare(const struct prong_service *set, pid_t pid)
{
	for (; set != NULL; set = set->next)
		if (pool_has(&set->pool, pid) || pool_is_owed(&set->pool) ||
		    cells_have(&set->cells, pid))
			return true;
	return false;
}

/* One of ours that ended since the latest turn is left to its own pidfd. */
static bool
is_session(const struct prong *server, pid_t pid)
{
	if (pid == server->warden.pid || is_spare(server->services, pid) ||
	    is_spare(server->retired, pid))
		return true;
	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at))
		if (at->pid == pid && at->pidfd >= 0 && at->state != CONN_FINISHING)
			return true;
	return false;
}

static void
orphans_later(struct prong *server)
{
	if (server->orphans.due == 0)
		timer_arm(
		    &server->timers, &server->orphans, engine_now(server) + LATER_MS);
}

static void
orphans_sweep(struct prong *server)
{
	struct event event;
	pid_t pid;
	int status, reaped = 0;

	while ((pid = reap_peek_any()) > 0 && !is_session(server, pid) &&
	       reaped++ < REAPED_MOST) {
		if (!reap_orphan(pid, &status))
			return;
		event_begin(&event, EVENT_ORPHAN, NULL, NULL);
		event_number(&event, "pid", pid);
		event_number(&event, "status", status);
		event_send(&event, &server->sink);
	}
	/* One of ours hides what may be behind it, or others want their turn first. */
	if (pid > 0)
		orphans_later(server);
}

void
orphans_fire(struct timer *timer, msec now)
{
	(void)now;
	orphans_sweep(container_of(timer, struct prong, orphans));
}

/* Looking walks all children: with many alive, ten times a second is enough. */
void
orphans_reap(struct prong *server)
{
	if (server->slots.live <= AT_ONCE)
		orphans_sweep(server);
	else
		orphans_later(server);
}
