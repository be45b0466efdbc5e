#include "turn.h"

#include <string.h>

#include "engine.h"
#include "entry.h"
#include "hangup.h"
#include "traffic.h"

static void
turn_ready(struct watch *watch, uint32_t events)
{
	struct conn *conn = container_of(watch, struct conn, client_watch);
	struct traffic traffic = traffic_read(conn->client_fd, false);

	if ((events & (EPOLLHUP | EPOLLERR)) != 0 &&
	    (!traffic.is_known || traffic.is_over))
		entry_refuse(conn, REFUSAL_GONE, "it left before its turn", 0);
}

/* Only whether it is gone: what it has to say waits for the program. */
int
turn_resume(struct conn *conn)
{
	conn->client_watch = (struct watch){ .ready = turn_ready, .fd = -1 };
	return loop_add(
	    &conn->service->server->loop, &conn->client_watch, conn->client_fd, EPOLLET);
}

/* Without room in the epoll set it is not seen to leave; it waits all the same. */
static void
turn_begin(struct conn *conn)
{
	conn_begin_wait(conn, CONN_WAITING);
	(void)turn_resume(conn);
}

void
turn_promise(struct conn *conn, const struct application *application,
    struct source *source, msec wait)
{
	msec now = application->applicant.now;

	if (!conn_may_wait(conn)) {
		conn_put_source(conn, source);
		entry_refuse(conn, REFUSAL_WAITING_FULL,
		    "too many clients wait for their turn (waiting-max)", wait);
		return;
	}
	admit_promise(&conn->service->ledger->gate, source, &application->applicant);
	source->waiting++;
	conn->promised = source;
	turn_begin(conn);
	conn->clocks.at[DUE_ENTRY] = now + wait;
	conn_schedule(conn);
}

/* By their ids, which grow: nearly always at the end. */
void
turn_line_up(struct conn *conn)
{
	struct ready_queue *queue = &conn->service->ledger->ready;
	struct conn *before = TAILQ_LAST(queue, ready_queue);

	conn_begin_wait(conn, CONN_WAITING);
	while (before != NULL && strcmp(before->id, conn->id) > 0)
		before = TAILQ_PREV(before, ready_queue, ready);
	if (before != NULL)
		TAILQ_INSERT_AFTER(queue, before, conn, ready);
	else
		TAILQ_INSERT_HEAD(queue, conn, ready);
	conn->is_ready = true;
}

void
turn_wait_for_room(struct conn *conn)
{
	if (!conn_may_wait(conn)) {
		entry_refuse(conn, REFUSAL_WAITING_FULL,
		    "all sessions are taken, and too many clients wait (waiting-max)", 0);
		return;
	}
	turn_line_up(conn);
	(void)turn_resume(conn);
}

void
turn_wait_for_release(struct conn *conn)
{
	turn_line_up(conn);
	(void)turn_resume(conn);
}

void
turn_leave(struct conn *conn)
{
	struct prong *server = conn->service->server;

	loop_remove(&server->loop, &conn->client_watch);
	hangup_init(conn); /* from here on it is watched as any other */
	conn->clocks.at[DUE_ENTRY] = 0;
	if (conn->is_ready)
		TAILQ_REMOVE(&conn->service->ledger->ready, conn, ready);
	conn->is_ready = false;
	if (conn->promised != NULL) {
		conn->promised->waiting--;
		conn_put_source(conn, conn->promised);
		conn->promised = NULL;
	}
	conn_end_wait(conn);
}

void
turn_due(struct conn *conn)
{
	conn->has_waited = true;
	turn_leave(conn);
	(void)entry_apply(conn, NULL);
}

/* Of a service that a reload took away nobody could release those who wait. */
bool
turn_is_open(const struct ledger *ledger)
{
	const struct prong_service *serving = ledger->serving;

	return serving == NULL || (!ledger->is_held && serving->paused_for == 0);
}

static bool
has_room(const struct prong *server, const struct ledger *ledger)
{
	return !server->is_draining && !server->is_thawed && turn_is_open(ledger) &&
	       admit_has_room(&ledger->gate, false);
}

void
turn_serve_all(struct prong *server)
{
	for (struct ledger *at = server->ledgers.first; at != NULL; at = at->next)
		turn_serve(server, at);
}

/* A process that is started leads here again: one after the other all the same. */
void
turn_serve(struct prong *server, struct ledger *ledger)
{
	if (ledger->is_serving_ready)
		return;
	ledger->is_serving_ready = true;
	while (!TAILQ_EMPTY(&ledger->ready) && has_room(server, ledger)) {
		struct conn *conn = TAILQ_FIRST(&ledger->ready);

		turn_leave(conn);
		(void)entry_apply(conn, NULL);
	}
	ledger->is_serving_ready = false;
}
