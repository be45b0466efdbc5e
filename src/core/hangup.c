#include "hangup.h"

#include <sys/epoll.h>
#include <time.h>

#include "engine.h"
#include "finish.h"
#include "traffic.h"

/* A client that is gone without a reset: the program may be about to notice by itself. */
#define SETTLE_MS 1000

/*
 * A number that changes while the program is at work for the client: bytes the client's
 * host has acknowledged; where the kernel does not count them, what waits to be taken
 * and the CPU time of the process.
 */
static uint64_t
hangup_progress(const struct conn *conn)
{
	struct traffic traffic = conn_traffic(conn);
	struct timespec used = { 0 };
	clockid_t clock;

	if (traffic.is_known)
		return traffic.acked;
	if (clock_getcpuclockid(conn->pid, &clock) == 0)
		(void)clock_gettime(clock, &used);
	return (uint64_t)traffic_unsent(conn->client_fd) +
	       (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

static void
hangup_eof(struct conn *conn, uint32_t events)
{
	const struct settings *settings = &conn->service->settings;
	msec grace = conn_limit(conn, settings->eof_grace);

	if (grace == 0 && (events & EPOLLHUP) != 0 &&
	    settings->on_hangup != ON_HANGUP_KEEP)
		grace = SETTLE_MS;
	conn->client_eof = true;
	if (grace == 0 || conn->clocks.at[DUE_EOF] != 0)
		return;
	conn->mark = hangup_progress(conn);
	conn->clocks.at[DUE_EOF] = engine_now(conn->service->server) + grace;
	conn_schedule(conn);
}

static void
hangup_gone(struct conn *conn, uint32_t events)
{
	switch ((enum on_hangup)conn->service->settings.on_hangup) {
	case ON_HANGUP_KEEP:
		hangup_eof(conn, events & ~(uint32_t)EPOLLHUP);
		return;
	case ON_HANGUP_TERM:
		conn_terminate(conn, CAUSE_HANGUP);
		return;
	case ON_HANGUP_KILL:
		conn_kill(conn, CAUSE_HANGUP);
		return;
	}
}

/* Of TCP also what waits in the error queue is told as an error: time stamps, or that
 * memory of MSG_ZEROCOPY is free again. */
static bool
hangup_is_over(const struct conn *conn)
{
	struct traffic traffic = traffic_read(conn->client_fd, conn->client_eof);

	return !traffic.is_known || traffic.is_over;
}

static void
hangup_ready(struct watch *watch, uint32_t events)
{
	struct conn *conn = container_of(watch, struct conn, client_watch);

	if (conn->state == CONN_FINISHING)
		finish_client_ready(conn);
	else if (conn->state != CONN_RUNNING)
		return;
	else if ((events & EPOLLERR) != 0 && hangup_is_over(conn))
		hangup_gone(conn, events);
	else if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0)
		hangup_eof(conn, events);
}

void
hangup_init(struct conn *conn)
{
	conn->client_watch = (struct watch){ .ready = hangup_ready, .fd = -1 };
}

/* Edge-triggered: told once of each change, and not again and again of a state. */
int
hangup_watch(struct conn *conn)
{
	const struct settings *settings = &conn->service->settings;

	if (settings->on_hangup == ON_HANGUP_KEEP && settings->eof_grace == 0)
		return 0;
	return loop_add(&conn->service->server->loop, &conn->client_watch,
	    conn->client_fd, EPOLLRDHUP | EPOLLET);
}

void
hangup_eof_due(struct conn *conn, msec now)
{
	msec grace = conn_limit(conn, conn->service->settings.eof_grace);
	uint64_t progress = hangup_progress(conn);

	if (progress == conn->mark) {
		conn_terminate(conn, grace > 0 ? CAUSE_EOF_GRACE : CAUSE_HANGUP);
		return;
	}
	conn->mark = progress;
	conn->clocks.at[DUE_EOF] = now + (grace > 0 ? grace : SETTLE_MS);
}

/* Bytes each way since the latest look, without one of them passing through here. */
void
hangup_idle_due(struct conn *conn, msec now)
{
	msec timeout = conn_limit(conn, conn->service->settings.idle_timeout);
	struct traffic traffic = conn_traffic(conn);
	uint64_t moved = traffic.in + traffic.acked;
	msec quiet = traffic.quiet < timeout ? traffic.quiet : timeout - 1;

	if (!traffic.is_known) /* by a rule, and of a Unix socket's client */
		return;
	if (moved == conn->idle_mark) {
		conn_terminate(conn, CAUSE_IDLE_TIMEOUT);
		return;
	}
	conn->idle_mark = moved;
	conn->clocks.at[DUE_IDLE] = now + timeout - quiet;
}

void
hangup_first_byte_due(struct conn *conn)
{
	struct traffic traffic = conn_traffic(conn);

	if (traffic.is_known && traffic.in == 0)
		conn_terminate(conn, CAUSE_FIRST_BYTE_TIMEOUT);
}
