#include "penalise.h"

#include "engine.h"

static void
tell_shut_out(const struct conn *conn, const struct source *source)
{
	struct prong_service *service = conn->service;
	struct ledger *ledger = service->ledger;
	msec now = engine_now(service->server);
	const struct penalty *penalty = &source->penalty;
	struct event event;
	struct text text;
	uint64_t more;
	msec more_ms;

	if (!limiter_allows(&ledger->penalties_told, now, &more, &more_ms))
		return;
	event_begin(&event, EVENT_PENALTY, service->name, conn->id);
	text = event_open(&event);
	addr_key_put(&text, &source->key);
	event_close(&event, "source", &text);
	event_number(&event, "for_ms", penalty_left(penalty, now));
	event_text(&event, "offence", penaltyrule_name((enum offence)penalty->last));
	event_number(
	    &event, "offences", penalty_level(penalty, &ledger->memory.limits, now));
	if (more > 0) {
		event_number(&event, "more", (int64_t)more);
		event_number(&event, "more_ms", more_ms);
	}
	event_send(&event, &service->server->sink);
}

/* What holds for those who end.  One that another program has let in has no rules of its
 * own any more: those in force count. */
static const struct door *
door_for(const struct conn *conn)
{
	const struct door *door = door_of(conn->service);
	const struct prong_service *serving = conn->service->ledger->serving;

	return door != NULL || serving == NULL ? door : serving->door;
}

/* The source is held by somebody. */
static void
penalise(const struct conn *conn, struct source *source, const struct outcome *outcome)
{
	struct prong_service *service = conn->service;
	const struct penalty_rule *rule;
	msec now = engine_now(service->server);
	msec cost = penalty_cost(&door_for(conn)->penalties, outcome, &rule);

	if (cost > 0 &&
	    penalty_add(&source->penalty, &service->ledger->memory.limits,
		rule->what == OFFENCE_ANY ? outcome->what : rule->what, cost, now))
		tell_shut_out(conn, source);
}

static bool
has_rules(const struct conn *conn)
{
	const struct door *door = door_for(conn);

	return door != NULL && door->penalties.count > 0;
}

/* A limit of ours; OFFENCE_NONE: an ending that is nobody's fault. */
static enum offence
offence_of_cause(enum cause cause)
{
	switch (cause) {
	case CAUSE_SESSION_TIMEOUT:
		return OFFENCE_SESSION_TIMEOUT;
	case CAUSE_IDLE_TIMEOUT:
		return OFFENCE_IDLE_TIMEOUT;
	case CAUSE_FIRST_BYTE_TIMEOUT:
		return OFFENCE_FIRST_BYTE_TIMEOUT;
	case CAUSE_EOF_GRACE:
		return OFFENCE_EOF_GRACE;
	case CAUSE_HANGUP:
	case CAUSE_SYSCALL:
		return OFFENCE_ANY;
	case CAUSE_NONE:
	case CAUSE_DRAIN:
	case CAUSE_KILL:
		break;
	}
	return OFFENCE_NONE;
}

static struct outcome
outcome_of(const struct conn *conn)
{
	const struct ending *ending = &conn->ending;
	struct outcome outcome = { .what = offence_of_cause(conn->cause),
		.number = ending->status,
		.sent_no_byte = conn->traffic.is_known && conn->traffic.in == 0 };

	if (conn->cause != CAUSE_NONE)
		return outcome;
	if (ending->kind == ENDING_EXITED)
		outcome.what = OFFENCE_EXIT;
	else if (ending->kind == ENDING_KILLED)
		outcome.what = OFFENCE_SIGNAL;
	return outcome;
}

/* The proxies' checks of our health are theirs: who lost them would lose all clients. */
static bool
is_of_proxy(const struct conn *conn)
{
	return conn->introduction != NULL &&
	       addr_equal(&conn->peer, &conn->introduction->proxy);
}

void
penalise_session(struct conn *conn)
{
	struct outcome outcome;

	if (!has_rules(conn) || conn->is_exempt || is_of_proxy(conn) ||
	    conn->charge.source == NULL)
		return;
	outcome = outcome_of(conn);
	if (outcome.what != OFFENCE_NONE)
		penalise(conn, conn->charge.source, &outcome);
}

void
penalise_charged(struct conn *conn, enum offence what)
{
	if (has_rules(conn) && !conn->is_exempt)
		penalise(conn, conn->charge.source, &(struct outcome){ .what = what });
}

void
penalise_source(struct conn *conn, struct source *source, enum offence what)
{
	if (has_rules(conn))
		penalise(conn, source, &(struct outcome){ .what = what });
}

static struct addr_key
key_of(const struct conn *conn, const struct addr *proxy)
{
	const struct setting_prefix *prefix = &conn->service->settings.source_prefix;

	return addr_key_of(proxy, prefix->v4, prefix->v6);
}

/* Itself, whoever its clients are; not one that is exempt. */
static bool
proxy_pays(const struct conn *conn, const struct addr *proxy)
{
	struct addr_key client;

	if (!has_rules(conn) || !addr_is_ip(proxy))
		return false;
	client = apply_client(proxy, NULL);
	return networks_find(&door_for(conn)->exempt, &client) == NETWORKS_NONE;
}

msec
penalise_left(const struct conn *conn, const struct addr *proxy)
{
	struct prong *server = conn->service->server;
	struct addr_key key;
	const struct source *source;

	if (!proxy_pays(conn, proxy))
		return 0;
	key = key_of(conn, proxy);
	source = sources_find(&server->sources, &conn->service->ledger->memory, &key);
	if (source == NULL || source->penalty.last != OFFENCE_PROXY)
		return 0;
	return penalty_left(&source->penalty, engine_now(server));
}

void
penalise_proxy(struct conn *conn)
{
	struct prong *server = conn->service->server;
	const struct addr *proxy = &conn->introduction->proxy;
	struct addr_key key;
	struct source *source;

	if (!proxy_pays(conn, proxy))
		return;
	key = key_of(conn, proxy);
	source = sources_get(
	    &server->sources, &conn->service->ledger->memory, &key, engine_now(server));
	if (source == NULL)
		return;
	penalise_source(conn, source, OFFENCE_PROXY);
	conn_put_source(conn, source);
}
