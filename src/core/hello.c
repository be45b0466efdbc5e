#include "hello.h"

#include <sys/socket.h>

#include "apply.h"
#include "engine.h"
#include "entry.h"
#include "hangup.h"
#include "listener.h"
#include "penalise.h"
#include "room.h"

bool
hello_is_due(const struct conn *conn)
{
	struct addr_key client;
	struct ucred credentials = { .uid = (uid_t)-1 };
	socklen_t length = sizeof(credentials);

	if (!conn->service->door->has_proxies)
		return false;
	if (conn->peer.sa.sa_family != AF_UNIX) {
		client = apply_client(&conn->peer, NULL);
	} else {
		(void)getsockopt(
		    conn->client_fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
		client = addr_key_of_id(AF_UNIX, credentials.uid);
	}
	return apply_is_proxy(conn->service, &client);
}

static void
hello_refuse(struct conn *conn, const char *why)
{
	char line[256];
	struct text text = TEXT_ON(line);

	text_printf(&text, "a bad PROXY header: %s", why);
	penalise_proxy(conn);
	entry_refuse(conn, REFUSAL_PROXY, line, 0);
}

/* As a proxy does that only looks whether somebody listens: no offence. */
static void
hello_gone(struct conn *conn)
{
	entry_refuse(
	    conn, REFUSAL_GONE, "it left without a word, and without a header", 0);
}

void
hello_leave(struct conn *conn)
{
	struct ledger *ledger = conn->service->ledger;

	loop_remove(&conn->service->server->loop, &conn->client_watch);
	hangup_init(conn); /* from here on it is watched as any other */
	conn->clocks.at[DUE_ENTRY] = 0;
	ledger->gate.pending--;
	conn_end_wait(conn);
}

static bool
hello_over(struct conn *conn, const struct listener *listener)
{
	struct introduction *introduction = conn->introduction;

	hello_leave(conn);
	conn->preface = (uint32_t)introduction->header.length;
	if (introduction_names(introduction)) {
		conn->peer = introduction->header.from;
		addr_unmap(&conn->peer);
	}
	return entry_apply(conn, listener);
}

/* Takes `count` bytes of the header, which were looked at already: as many are there. */
static bool
hello_take(struct conn *conn, size_t count)
{
	struct introduction *introduction = conn->introduction;
	ssize_t n = recv(conn->client_fd, introduction->bytes + introduction->used, count,
	    MSG_DONTWAIT);

	introduction->used += count;
	return n == (ssize_t)count;
}

enum hello { HELLO_MORE, HELLO_DONE, HELLO_BAD, HELLO_GONE };

/*
 * What is there is looked at first and taken then, so that nothing behind the header is
 * touched; what of it has come is taken at once, for otherwise we would be told of it
 * again and again.
 */
static enum hello
hello_read(struct conn *conn, const char **ret_why)
{
	struct introduction *introduction = conn->introduction;
	size_t room = sizeof(introduction->bytes) - introduction->used, wanted;
	ssize_t n = recv(conn->client_fd, introduction->bytes + introduction->used, room,
	    MSG_PEEK | MSG_DONTWAIT);

	*ret_why = "the connection ended before it was complete";
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return HELLO_MORE;
	if (n <= 0)
		return introduction->used == 0 ? HELLO_GONE : HELLO_BAD;
	switch (proxy_parse(introduction->bytes, introduction->used + (size_t)n,
	    &introduction->header, &wanted, ret_why)) {
	case PROXY_BAD:
		return HELLO_BAD;
	case PROXY_MORE:
		return hello_take(conn, (size_t)n) ? HELLO_MORE : HELLO_BAD;
	case PROXY_DONE:
		break;
	}
	return hello_take(conn, introduction->header.length - introduction->used)
		   ? HELLO_DONE
		   : HELLO_BAD;
}

static void
hello_ready(struct watch *watch, uint32_t events)
{
	struct conn *conn = container_of(watch, struct conn, client_watch);
	const char *why;

	(void)events;
	switch (hello_read(conn, &why)) {
	case HELLO_MORE:
		return;
	case HELLO_DONE:
		(void)hello_over(conn, NULL);
		return;
	case HELLO_BAD:
		hello_refuse(conn, why);
		return;
	case HELLO_GONE:
		hello_gone(conn);
		return;
	}
}

int
hello_resume(struct conn *conn)
{
	conn->client_watch = (struct watch){ .ready = hello_ready, .fd = -1 };
	return loop_add(&conn->service->server->loop, &conn->client_watch,
	    conn->client_fd, EPOLLIN | EPOLLRDHUP);
}

static void
hello_wait(struct conn *conn)
{
	conn->clocks.at[DUE_ENTRY] =
	    engine_now(conn->service->server) + conn->service->settings.proxy_timeout;
	conn_schedule(conn);
	if (hello_resume(conn) < 0)
		entry_refuse(conn, REFUSAL_NO_DESCRIPTORS,
		    "its socket cannot be watched for a PROXY header "
		    "(fs.epoll.max_user_watches, or memory)",
		    0);
}

bool
hello_begin(struct conn *conn, const struct listener *listener)
{
	msec shut_out = penalise_left(conn, &conn->peer);
	const char *why;

	if (shut_out > 0) {
		entry_refuse(conn, REFUSAL_PENALTY,
		    "the proxy is shut out for bad PROXY headers", shut_out);
		return false;
	}
	if (!conn_may_wait(conn)) {
		entry_refuse(conn, REFUSAL_WAITING_FULL,
		    "too many PROXY headers are awaited (waiting-max)", 0);
		return false;
	}
	conn->introduction = room_introduction(conn->service->server, conn);
	introduction_init(conn->introduction, &conn->peer);
	conn_begin_wait(conn, CONN_ARRIVING);
	conn->service->ledger->gate.pending++;
	switch (hello_read(conn, &why)) {
	case HELLO_DONE:
		return hello_over(conn, listener);
	case HELLO_MORE:
		hello_wait(conn);
		service_update(listener->service);
		return false;
	case HELLO_BAD:
		hello_refuse(conn, why);
		return false;
	case HELLO_GONE:
		hello_gone(conn);
		return false;
	}
	return false;
}

void
hello_due(struct conn *conn)
{
	hello_refuse(conn, "it did not come in time (proxy-timeout)");
}
