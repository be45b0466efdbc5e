#include "finish.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "child.h"
#include "engine.h"
#include "group.h"
#include "refuse.h"
#include "pass.h"
#include "patience.h"
#include "room.h"
#include "start.h"
#include "traffic.h"

#define REST_PAUSE_FIRST_MS 5
#define REST_PAUSE_LONGEST_MS 500
#define LINGER_BYTES_PER_LOOK (1024 * 1024)
#define LINGER_LOOKS 16
/* Told of changes: an error queue that nobody reads would be told for ever. */
#define LINGER_EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)
#define UNWATCHED_WAIT_MS 2000

static void
finish_if_done(struct conn *conn)
{
	if (!conn->is_lingering && !conn->has_rest)
		conn_end(conn);
	else
		conn_schedule(conn);
}

/* Whoever of the group is still there gets TERM: by the pidfd, which is kept as long. */
static void
finish_rest(struct conn *conn)
{
	if (conn->pidfd < 0 || conn->service->is_builtin ||
	    group_signal(conn->pid, conn->pidfd, SIGTERM) < 0) {
		close_fd(&conn->pidfd);
		return;
	}
	(void)group_signal(conn->pid, conn->pidfd, SIGCONT);
	conn->has_rest = true;
	conn->rest = REST_TERMINATED;
	conn->rest_pause = REST_PAUSE_FIRST_MS;
	conn->rest_until = conn->ended + conn->service->settings.term_grace;
	conn->clocks.at[DUE_REST] = conn->ended + conn->rest_pause;
}

void
finish_rest_due(struct conn *conn, msec now)
{
	if (group_signal(conn->pid, conn->pidfd, 0) == -ESRCH) {
		conn->has_rest = false;
		close_fd(&conn->pidfd);
		finish_if_done(conn);
		return;
	}
	if (now >= conn->rest_until) {
		(void)group_signal(conn->pid, conn->pidfd, SIGKILL);
		conn->rest = REST_KILLED;
	}
	if (now >= conn->rest_until + conn_killed_ms(conn)) {
		conn->rest = REST_STUCK;
		conn->has_rest = false;
		finish_if_done(conn);
		return;
	}
	if (conn->rest_pause < REST_PAUSE_LONGEST_MS)
		conn->rest_pause *= 2;
	conn->clocks.at[DUE_REST] = now + conn->rest_pause;
	if (now < conn->rest_until && conn->clocks.at[DUE_REST] > conn->rest_until)
		conn->clocks.at[DUE_REST] = conn->rest_until;
}

/*
 * Unread input, or a client that has spoken, is not done speaking, and has not yet got
 * the whole answer: a reset would cost it the rest.
 */
static bool
finish_must_linger(const struct conn *conn, const struct traffic *traffic)
{
	if (conn->service->settings.linger == 0 || conn->service->server->is_killing)
		return false;
	if (traffic->is_known && traffic->in == 0)
		return false;
	if (traffic->unsent > 0 && !traffic->client_fin)
		return true;
	return traffic_unread(conn->client_fd) > 0;
}

static int
finish_linger_watch(struct conn *conn)
{
	struct loop *loop = &conn->service->server->loop;

	if (conn->client_watch.fd >= 0)
		return loop_change(loop, &conn->client_watch, LINGER_EVENTS);
	return loop_add(loop, &conn->client_watch, conn->client_fd, LINGER_EVENTS);
}

static void
finish_linger_begin(struct conn *conn)
{
	if (finish_linger_watch(conn) < 0)
		return;
	conn->is_lingering = true;
	conn->clocks.at[DUE_LINGER] = conn->ended + conn->service->settings.linger;
}

/* The counts are kept for the account; and our descriptor has kept the connection open,
 * so until this the client does not know that the answer is complete. */
static void
finish_answer(struct conn *conn)
{
	if (conn->client_fd < 0)
		return;
	conn->traffic = conn_traffic(conn);
	conn->must_linger = finish_must_linger(conn, &conn->traffic);
	(void)shutdown(conn->client_fd, SHUT_WR);
}

static void
finish_linger_end(struct conn *conn)
{
	conn->is_lingering = false;
	conn->clocks.at[DUE_LINGER] = 0;
	loop_remove(&conn->service->server->loop, &conn->client_watch);
	finish_if_done(conn);
}

/* MSG_TRUNC discards without copying (tcp(7)). */
void
finish_client_ready(struct conn *conn)
{
	ssize_t n = 1;

	if (!conn->is_lingering)
		return;
	for (int i = 0; i < LINGER_LOOKS && n > 0; i++)
		n = recv(conn->client_fd, NULL, LINGER_BYTES_PER_LOOK,
		    MSG_TRUNC | MSG_DONTWAIT);
	if (n > 0)
		(void)loop_change(
		    &conn->service->server->loop, &conn->client_watch, LINGER_EVENTS);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		finish_linger_end(conn);
}

/* Without a watch the deadline ends it. */
void
finish_resume(struct conn *conn)
{
	(void)output_watch(conn);
	if (conn->is_lingering)
		(void)finish_linger_watch(conn);
}

void
finish_linger_due(struct conn *conn)
{
	finish_linger_end(conn);
}

/* A handler's child reports in shared memory; a program's did before the start returned.
 */
static bool
finish_has_run(struct conn *conn)
{
	struct prong *server = conn->service->server;

	if (conn->service->handler != NULL && conn->channel < 0)
		conn->report = *room_report(server, conn);
	return conn->report.stage == STAGE_NONE;
}

static void
finish_stage(struct conn *conn)
{
	conn->ending.kind = ENDING_STAGE;
	conn->ending.stage = conn->report.stage;
	conn->ending.error = conn->report.error;
	conn->service->ledger->failed++;
	refuse_say(conn, REFUSAL_FAILED, 0, "");
	service_pause(conn->service, EVENT_SPAWN_FAILED, conn->report.error, NULL);
}

static void
finish_reaped(struct conn *conn)
{
	struct prong *server = conn->service->server;

	loop_remove(&server->loop, &conn->process_watch);
	conn->state = CONN_FINISHING;
	if (conn->ending.cpu_usec != REAP_NO_COST &&
	    conn->ending.cpu_usec >= conn->cpu_before)
		conn->ending.cpu_usec -= conn->cpu_before;
	conn->ended = engine_now(server);
	conn->clocks = (struct clocks){ 0 };
	if (!finish_has_run(conn))
		finish_stage(conn);
	else if (conn->service->handler != NULL) /* a program's start told so at once */
		service_recovered(conn->service);
	finish_rest(conn);
	if (!conn->has_rest)
		warden_leave(conn);
	if (conn->must_linger)
		finish_linger_begin(conn);
	finish_if_done(conn);
}

/* One that was started ahead: its client is not to notice that it died too early.  One
 * that is traced ends twice, for its tracer and for us, and answers only once. */
static bool
finish_was_taken(struct conn *conn)
{
	int error = 0;

	if (conn->has_answered)
		return true;
	switch (pass_outcome(conn->channel, &error)) {
	case PASS_TAKEN:
		conn->has_answered = true;
		return true;
	case PASS_FAILED:
		conn->has_answered = true;
		conn->report.stage = STAGE_PROGRAM;
		conn->report.error = error;
		return true;
	case PASS_LOST:
		break;
	}
	if (conn->state != CONN_RUNNING) /* and is not to have another */
		return true;
	if (reap_collect(conn->pidfd, &conn->ending)) {
		pool_unused(&conn->service->pool);
		start_again(conn);
	}
	return false;
}

void
finish_process(struct conn *conn)
{
	if (conn->state == CONN_FINISHING)
		return;
	if (conn->channel >= 0 && !finish_was_taken(conn))
		return;
	if (finish_has_run(conn)) /* first of all: the client waits for it */
		finish_answer(conn);
	if (reap_collect(conn->pidfd, &conn->ending))
		finish_reaped(conn);
}

/* The process outlives its session; when it ends it is an orphan like others. */
static void
finish_give_up(struct conn *conn)
{
	conn->ending = (struct ending){ .kind = ENDING_UNKNOWN };
	loop_remove(&conn->service->server->loop, &conn->process_watch);
	close_fd(&conn->pidfd);
	finish_answer(conn);
	finish_reaped(conn);
}

void
finish_tell_stuck(const struct conn *conn)
{
	struct event event;

	event_begin(&event, EVENT_STUCK, conn->service->name, conn->id);
	event_number(&event, "pid", conn->pid);
	event_send(&event, &conn->service->server->sink);
}

void
finish_stuck(struct conn *conn)
{
	finish_tell_stuck(conn);
	if (conn->service->server->is_killing)
		finish_give_up(conn);
}

void
finish_hurry(struct conn *conn)
{
	if (conn->has_rest) {
		(void)group_signal(conn->pid, conn->pidfd, SIGKILL);
		conn->rest = REST_KILLED;
		conn->has_rest = false;
	}
	conn->is_lingering = false;
	finish_if_done(conn);
}

/* Without room in the epoll set. */
void
finish_unwatchable(struct conn *conn)
{
	conn_kill(conn, CAUSE_KILL);
	(void)patience_wait(conn->pidfd, POLLIN, UNWATCHED_WAIT_MS);
	if (!reap_collect(conn->pidfd, &conn->ending)) {
		finish_tell_stuck(conn);
		finish_give_up(conn);
		return;
	}
	if (finish_has_run(conn))
		finish_answer(conn);
	finish_reaped(conn);
}
