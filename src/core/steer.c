/* What an operator can do with what is live: end sessions, hold services. */
#include <string.h>

#include "conn.h"
#include "drain.h"
#include "engine.h"
#include "service.h"

/* Whom prong_end() means. */
struct target {
	bool is_all;
	const char *id; /* NULL: by address */
	struct addr_key network;
	unsigned prefix;
};

#define PREFIX_MOST_V4 32
#define PREFIX_MOST_V6 128

/* "'WORD' is not ..." */
static int
fail_word(struct prong *server, int rc, const char *word, const char *what)
{
	struct text error = TEXT_ON(server->error);

	text_put_char(&error, '\'');
	text_put_quoted(&error, word, strlen(word));
	text_put(&error, "' ");
	text_put(&error, what);
	return rc;
}

/* "192.0.2.7", "2001:db8::/32" */
static int
target_parse_network(const char *word, struct target *target)
{
	const char *slash = strchr(word, '/');
	char host[128];
	uint64_t prefix;
	struct addr addr;
	size_t length = slash == NULL ? strlen(word) : (size_t)(slash - word);
	unsigned most;

	if (length >= sizeof(host))
		return -EINVAL;
	memcpy(host, word, length);
	host[length] = '\0';
	if (addr_parse_ip(host, 0, &addr) < 0)
		return -EINVAL;
	addr_unwrap(&addr);
	most = addr.sa.sa_family == AF_INET ? PREFIX_MOST_V4 : PREFIX_MOST_V6;
	prefix = most;
	if (slash != NULL && text_parse_number(slash + 1, 0, most, &prefix) < 0)
		return -EINVAL;
	target->prefix = (unsigned)prefix;
	target->network = addr_key_of(&addr, target->prefix, target->prefix);
	return 0;
}

static int
target_parse(const char *word, struct target *target)
{
	*target = (struct target){ .is_all = strcmp(word, "all") == 0 };
	if (target->is_all || target_parse_network(word, target) == 0)
		return 0;
	if (strlen(word) != CONN_ID_SIZE - 1 ||
	    word[strspn(word, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")] != '\0')
		return -EINVAL;
	target->id = word;
	return 0;
}

static bool
target_is(const struct target *target, const struct conn *conn)
{
	struct addr_key key;

	if (target->is_all)
		return true;
	if (target->id != NULL)
		return strcmp(target->id, conn->id) == 0;
	if (!addr_is_ip(&conn->peer))
		return false;
	key = addr_key_of(&conn->peer,
	    target->network.family == AF_INET ? target->prefix : PREFIX_MOST_V4,
	    target->network.family == AF_INET6 ? target->prefix : PREFIX_MOST_V6);
	return addr_key_compare(&key, &target->network) == 0;
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
	struct target target;
	int count = 0;

	if (target_parse(what, &target) < 0)
		return fail_word(server, -EINVAL, what,
		    "is neither the id of a session, nor an address, nor a network");
	(void)loop_update_now(&server->loop);
	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at)) {
		if (at->state == CONN_FINISHING || !target_is(&target, at))
			continue;
		end_one(at, grace_ms);
		count++;
	}
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

	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		if (name != NULL && strcmp(at->name, name) != 0)
			continue;
		hold(at, is_held);
		is_found = true;
	}
	if (is_found)
		return 0;
	return fail_word(
	    server, -ENOENT, name == NULL ? "" : name, "is not the name of a service");
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
		return engine_fail(server, -EINVAL, "the server was not started");
	drain_within(server, timeout_ms);
	return 0;
}
