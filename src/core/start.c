#include "start.h"

#include "engine.h"
#include "environment.h"
#include "room.h"

static int
start_error_source(struct conn *conn, int *ret_pipe)
{
	switch ((enum stderr_to)conn->service->settings.stderr_to) {
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

int
start_process(struct conn *conn, const struct listener *listener)
{
	struct prong *server = conn->service->server;
	cleanup_(close_fd) int pipe = -1;
	struct report *report = &conn->report;
	struct spawned child = { .pidfd = -1 };
	int rc, error_fd = start_error_source(conn, &pipe);

	if (error_fd < 0)
		return error_fd;
	environment_fill(server, conn, listener);
	if (conn->service->handler != NULL) {
		report = room_report(server, conn);
		*report = (struct report){ 0 };
	}
	rc = start_spawn(conn,
	    &(struct spawn_request){
		.plan = &conn->service->plan,
		.environment = server->environment,
		.client_fd = conn->client_fd,
		.error_fd = error_fd,
		.report = report,
		.shared = server->shared,
		.shared_count = server->shared_count,
	    },
	    &child);
	if (rc < 0)
		return rc;
	conn->pid = child.pid;
	conn->pidfd = child.pidfd;
	return 0;
}
