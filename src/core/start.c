#include "start.h"

#include <signal.h>
#include <sys/socket.h>

#include "account.h"
#include "engine.h"
#include "environment.h"
#include "finish.h"
#include "hangup.h"
#include "isolation_tell.h"
#include "pool.h"
#include "refuse.h"
#include "room.h"

static int
start_error_source(struct conn *conn, int *ret_pipe)
{
	switch (conn->service->stderr_to) {
	case STDERR_LOG:
		return output_begin(conn, ret_pipe);
	case STDERR_CLIENT:
		return conn->client_fd;
	case STDERR_INHERIT:
		return STDERR_FILENO;
	case STDERR_NULL:
		return conn->service->server->nursery.null_fd;
	}
	return -EINVAL;
}

static int
start_spawn(struct conn *conn, const struct spawn_request *request, struct spawned *child)
{
	struct prong_service *service = conn->service;
	struct nursery *nursery = &service->server->nursery;
	char source[ADDR_TEXT_MAX];
	struct text text = TEXT_ON(source);
	struct prong_birth facts = {
		.id = conn->id,
		.service = service->name,
		.source = source,
		.number = conn->number,
		.peer = &conn->peer.sa,
		.peer_len = conn->peer.len,
		.environment = (const char *const *)request->environment,
	};

	if (service->handler == NULL)
		return spawn_program(nursery, request, child);
	addr_put(&text, &conn->peer);
	return spawn_handler(
	    nursery, request, service->handler, &facts, service->context, child);
}

static int
start_process(struct conn *conn, const struct listener *listener)
{
	struct prong *server = conn->service->server;
	cleanup_(close_fd) int pipe = -1;
	struct report *report = &conn->report;
	struct spawned child = { .pidfd = -1 };
	struct birth_isolation isolation;
	struct spawn_request request = { .plan = &conn->service->plan };
	int rc, error_fd = start_error_source(conn, &pipe);

	if (error_fd < 0)
		return error_fd;
	rc = confine_take(conn->service, &conn->confinement, &conn->report);
	if (rc < 0)
		return rc;
	environment_fill(server, conn, listener);
	if (conn->service->handler != NULL) {
		request.prepare = conn->service->prepare;
		report = room_report(server, conn);
		*report = (struct report){ 0 };
	}
	request.environment = server->environment;
	request.entry = warden_entry(conn);
	request.client_fd = conn->client_fd;
	request.error_fd = error_fd;
	request.report = report;
	request.shared = server->shared;
	request.shared_count = server->shared_count;
	confine_request(&conn->confinement, &request, &isolation);
	alarms_join(conn->confinement.alarm, conn);
	rc = start_spawn(conn, &request, &child);
	alarms_collect(server);
	if (rc < 0)
		return rc;
	conn->pid = child.pid;
	conn->pidfd = child.pidfd;
	return 0;
}

/* A session that cannot be watched cannot be bounded: it is ended, and reaped here. */
int
start_watch(struct conn *conn)
{
	struct loop *loop = &conn->service->server->loop;
	int rc = 0;

	/* One that was started ahead is watched already. */
	if (conn->process_watch.fd < 0)
		rc = loop_add(loop, &conn->process_watch, conn->pidfd, EPOLLIN | EPOLLET);
	if (rc == 0)
		rc = output_watch(conn);
	if (rc == 0)
		rc = hangup_watch(conn);
	return rc;
}

static void
start_banner(const struct conn *conn)
{
	const struct setting_text *banner = &conn->service->settings.banner;

	if (banner->length > 0)
		(void)!send(conn->client_fd, banner->text, banner->length,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
start_clocks(struct conn *conn)
{
	const struct settings *settings = &conn->service->settings;
	msec now = conn->begun;

	if (settings->session_timeout > 0)
		conn->clocks.at[DUE_SESSION] =
		    now + conn_limit(conn, settings->session_timeout);
	if (settings->idle_timeout > 0)
		conn->clocks.at[DUE_IDLE] =
		    now + conn_limit(conn, settings->idle_timeout);
	if (settings->first_byte_timeout > 0)
		conn->clocks.at[DUE_FIRST_BYTE] =
		    now + conn_limit(conn, settings->first_byte_timeout);
}

/* There is a process: see to it, tell, and let go of what is not needed. */
static void
start_run(struct conn *conn)
{
	const struct settings *settings = &conn->service->settings;
	int rc;

	/* A handler's stages may still fail: finish knows. */
	if (conn->service->handler == NULL)
		service_recovered(conn->service);
	warden_enter(conn);
	if (conn->pid_before == 0)
		account_begin(conn);
	else
		account_replaced(conn);
	isolation_tell_session(conn);
	if (conn->state == CONN_RUNNING)
		start_clocks(conn);
	/* What was started ahead may turn out never to have taken it. */
	if (!conn_needs_client(settings) && conn->channel < 0)
		close_fd(&conn->client_fd);
	conn_schedule(conn);
	rc = start_watch(conn);
	if (rc < 0) {
		service_pause(conn->service, EVENT_SPAWN_FAILED, -rc, NULL);
		finish_unwatchable(conn);
	}
}

/* The program never ran; its process is over already and will be reaped like any other.
 */
bool
start_is_stillborn(const struct conn *conn)
{
	return conn->report.stage != STAGE_NONE;
}

static void
start_over(struct conn *conn, int error)
{
	conn->ending = (struct ending){ .kind = ENDING_UNSTARTED, .error = error };
	if (start_is_stillborn(conn)) { /* of its cell's init */
		conn->ending.kind = ENDING_STAGE;
		conn->ending.stage = conn->report.stage;
	}
	conn->ended = conn->begun;
	conn->service->ledger->failed++;
	conn_end(conn);
}

static void
start_failed(struct conn *conn, int error)
{
	refuse_say(conn, REFUSAL_FAILED, 0, "");
	service_pause(conn->service, EVENT_SPAWN_FAILED, error, NULL);
	start_over(conn, error);
}

static void
start_stillborn(struct conn *conn)
{
	int rc = loop_add(
	    &conn->service->server->loop, &conn->process_watch, conn->pidfd, EPOLLIN);

	if (rc < 0)
		finish_unwatchable(conn);
}

/* The whole way, for one client. */
static void
start_fresh(struct conn *conn, const struct listener *listener)
{
	int rc = start_process(conn, listener);

	if (rc < 0)
		start_failed(conn, -rc);
	else if (start_is_stillborn(conn))
		start_stillborn(conn);
	else
		start_run(conn);
}

void
start_begin(struct conn *conn, const struct listener *listener)
{
	struct pool *pool = &conn->service->pool;

	start_banner(conn);
	switch (pool_take(pool, conn, listener)) {
	case POOL_NONE:
		start_fresh(conn, listener);
		return;
	case POOL_TAKEN:
		conn->how = pool->how;
		start_run(conn);
		return;
	case POOL_ORDERED:
		conn->how = pool->how;
		return;
	}
}

/* It may have been told to end while it had no process yet. */
void
start_born(struct conn *conn)
{
	conn->ordered = NULL;
	start_run(conn);
	if (conn->state == CONN_TERMINATING)
		conn_signal(conn, SIGTERM);
	else if (conn->state == CONN_KILLED)
		conn_signal(conn, SIGKILL);
}

void
start_bereft(struct conn *conn)
{
	conn->ordered = NULL;
	conn->how = START_FRESH;
	if (conn->state == CONN_RUNNING)
		start_fresh(conn, NULL);
	else
		start_over(conn, ECANCELED);
}

void
start_cut(struct conn *conn)
{
	conn->ordered = NULL;
	refuse_softly(conn->client_fd);
	start_over(conn, ECANCELED);
}

void
start_again(struct conn *conn)
{
	struct prong *server = conn->service->server;

	loop_remove(&server->loop, &conn->process_watch);
	loop_remove(&server->loop, &conn->client_watch);
	warden_leave(conn);
	output_end(conn);
	close_fd(&conn->pidfd);
	close_fd(&conn->channel);
	conn->has_answered = false;
	confine_release(conn->service, &conn->confinement);
	conn->clocks = (struct clocks){ 0 };
	conn->pid_before = conn->pid;
	conn->pid = 0;
	conn->cpu_before = 0;
	start_bereft(conn);
}
