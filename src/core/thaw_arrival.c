/* The lines of those that have no session yet, and of what a proxy said. */
#include <string.h>

#include "room.h"
#include "thaw.h"
#include "turn.h"

static int
arrival_promise(struct conn *conn, const struct frozen_arrival *frozen)
{
	struct prong_service *service = conn->service;

	if (!frozen->has_promise)
		return 0;
	conn->promised = sources_get(&service->server->sources, &service->ledger->memory,
	    &frozen->key, engine_now(service->server));
	if (conn->promised == NULL)
		return -EPROTO;
	conn->promised->waiting++;
	return 0;
}

/* There may have been no service that believes a proxy in this program yet. */
static int
arrival_introduce(struct prong *server, struct conn *conn, const struct addr *proxy)
{
	int rc;

	server->has_proxies = true;
	rc = room_grow(server, server->slots.capacity);
	if (rc < 0)
		return rc;
	conn->introduction = room_introduction(server, conn);
	introduction_init(conn->introduction, proxy);
	return 0;
}

static void
arrival_count(struct conn *conn)
{
	enum conn_state state = conn->state;

	conn->service->live++;
	conn_begin_wait(conn, state);
	if (state == CONN_ARRIVING)
		conn->service->ledger->gate.pending++;
}

static int
arrival_take(struct thaw *thaw, const struct frozen_arrival *frozen)
{
	struct conn *conn = thaw_conn_place(thaw, frozen->service, &frozen->conn);
	int rc;

	if (conn == NULL)
		return -EPROTO;
	conn->peer_uid = conn->peer_gid = UINT32_MAX;
	conn->pidfd = conn->error_fd = conn->channel = -1;
	conn->process_watch.fd = conn->error_watch.fd = -1;
	if (conn->is_ready) {
		conn->service->live++;
		turn_line_up(conn);
	} else {
		arrival_count(conn);
	}
	rc = arrival_promise(conn, frozen);
	return rc < 0 || !frozen->has_proxy
		   ? rc
		   : arrival_introduce(thaw->server, conn, &frozen->proxy);
}

int
thaw_arrival_take(struct thaw *thaw, char *line)
{
	struct frozen_arrival frozen = { 0 };
	int rc = state_get(line, &frozen_arrival_record, &frozen);

	if (rc < 0 || frozen.service >= thaw->service_count ||
	    (frozen.conn.state != CONN_ARRIVING && frozen.conn.state != CONN_WAITING) ||
	    memchr(frozen.conn.id, '\0', sizeof(frozen.conn.id)) == NULL)
		return -EPROTO;
	return thaw->is_trial ? 0 : arrival_take(thaw, &frozen);
}

/* What has come of a header, or all of it: then it is read again. */
int
thaw_arrival_hello(struct thaw *thaw, char *line)
{
	struct introduction scratch, *introduction = &scratch;
	size_t wanted;
	const char *why;

	if (thaw->last != NULL && thaw->last->introduction != NULL)
		introduction = thaw->last->introduction;
	if (state_get_bytes(line, introduction->bytes, sizeof(introduction->bytes),
		&introduction->used) < 0)
		return -EPROTO;
	if (introduction->used > 0)
		(void)proxy_parse(introduction->bytes, introduction->used,
		    &introduction->header, &wanted, &why);
	return 0;
}

int
thaw_arrival_more(struct thaw *thaw, char *line)
{
	struct frozen_arrival more = { 0 };
	struct conn *conn = thaw->last;

	if (state_get(line, &frozen_more_record, &more) < 0)
		return -EPROTO;
	if (conn == NULL)
		return thaw->is_trial ? 0 : -EPROTO;
	conn->preface = more.conn.preface;
	conn->is_exempt = more.conn.is_exempt;
	conn->time_left = more.conn.time_left;
	return more.has_proxy ? arrival_introduce(thaw->server, conn, &more.proxy) : 0;
}
