/* What an operator can do with what is live: end sessions, hold services. */
#include <string.h>

#include "conn.h"
#include "drain.h"
#include "engine.h"
#include "entry.h"
#include "network.h"
#include "service.h"
#include "unknown.h"

/* Whom prong_end() means. */
struct target {
	const char *id; /* NULL: by network */
	struct addr_key network;
};

/* -EINVAL: what is wrong with it, to follow the quoted word. */
static int
target_parse(const char *word, struct target *target, struct text *wrong)
{
	*target = (struct target){ .id = NULL };
	if (network_parse(word, &target->network, wrong) == 0)
		return 0;
	if (strpbrk(word, ".:") != NULL)
		return -EINVAL;
	wrong->used = 0;
	text_put(wrong, "is neither the id of a session, nor an address, nor a network");
	if (strlen(word) != CONN_ID_SIZE - 1 ||
	    word[strspn(word, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")] != '\0')
		return -EINVAL;
	target->id = word;
	return 0;
}

/* The client's whole address, its user or its machine. */
static struct addr_key
client_key(const struct conn *conn)
{
	if (addr_is_ip(&conn->peer))
		return addr_key_of(&conn->peer, 32, 128);
	if (conn->peer.sa.sa_family == AF_VSOCK)
		return addr_key_of_id(AF_VSOCK, conn->peer.vm.svm_cid);
	return addr_key_of_id(AF_UNIX, conn->peer_uid);
}

static bool
target_is(const struct target *target, const struct conn *conn)
{
	struct addr_key client;

	if (target->id != NULL)
		return strcmp(target->id, conn->id) == 0;
	client = client_key(conn);
	return network_covers(&target->network, &client);
}

static void
end_one(struct conn *conn, int64_t grace_ms)
{
	if (grace_ms == 0) {
		conn_kill(conn, CAUSE_KILL);
		return;
	}
	conn_terminate(conn, CAUSE_KILL);
	if (grace_ms > 0 && conn->state == CONN_TERMINATING) {
		conn->clocks.at[DUE_GRACE] = engine_now(conn->service->server) + grace_ms;
		conn_schedule(conn);
	}
}

PRONG_API int
prong_end(struct prong *server, const char *what, int64_t grace_ms)
{
	char place[256] = "";
	struct text wrong = TEXT_ON(place);
	struct target target;
	int count = 0;

	if (what == NULL)
		what = "";
	if (target_parse(what, &target, &wrong) < 0)
		return engine_fail_word(server, -EINVAL, what, place);
	(void)loop_update_now(&server->loop);
	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at)) {
		if (at->state == CONN_FINISHING || !target_is(&target, at))
			continue;
		if (conn_is_session(at))
			end_one(at, grace_ms);
		else
			entry_cancel(at, ENTRY_ENDED);
		count++;
	}
	engine_wake(server);
	return count;
}

static void
hold(struct prong_service *service, bool is_held)
{
	struct event event;

	if (service->ledger->is_held == is_held)
		return;
	service->ledger->is_held = is_held;
	service_update(service);
	event_begin(&event, is_held ? EVENT_HELD : EVENT_RELEASED, service->name, NULL);
	event_number(&event, "live", service->ledger->gate.live);
	event_send(&event, &service->server->sink);
}

static int
hold_named(struct prong *server, const char *name, bool is_held)
{
	bool is_found = false;

	(void)loop_update_now(&server->loop);
	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		if (name != NULL && strcmp(at->name, name) != 0)
			continue;
		hold(at, is_held);
		is_found = true;
	}
	engine_wake(server);
	if (is_found)
		return 0;
	if (name == NULL)
		return engine_fail(server, -ENOENT, "the server has no service");
	return unknown_service(server, name);
}

PRONG_API int
prong_pause(struct prong *server, const char *name)
{
	return hold_named(server, name, true);
}

PRONG_API int
prong_resume(struct prong *server, const char *name)
{
	return hold_named(server, name, false);
}

PRONG_API int
prong_drain_within(struct prong *server, int64_t timeout_ms)
{
	if (!server->is_started)
		return engine_fail(server, -EINVAL,
		    "cannot drain: the server was not started; prong_start() does it");
	drain_within(server, timeout_ms);
	engine_wake(server);
	return 0;
}
