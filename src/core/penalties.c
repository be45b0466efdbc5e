/* What sources owe: looked at and forgotten on request. */
#include <string.h>

#include "engine.h"
#include "extend.h"
#include "network.h"
#include "service.h"
#include "unknown.h"

static struct ledger *
ledger_of(const struct source *source)
{
	return container_of(source->memory, struct ledger, memory);
}

static void
penalty_put(struct prong *server, const struct source *source, struct prong_penalty *ret)
{
	const struct penalty_limits *limits = &source->memory->limits;
	const struct penalty penalty = source->penalty;
	msec now = engine_now(server);
	struct text text = TEXT_ON(server->look);

	server->look[0] = '\0';
	addr_key_put(&text, &source->key);
	*ret = (struct prong_penalty){
		.service = ledger_of(source)->name,
		.source = server->look,
		.last = penaltyrule_name((enum offence)penalty.last),
		.owes_ms = penalty.until - now,
		.is_shut_out = penalty_left(&penalty, now) > 0,
		.offences = penalty_level(&penalty, limits, now),
	};
}

PRONG_API bool
prong_penalty_next(
    struct prong *server, uint32_t *cursor, struct prong_penalty *ret, size_t size)
{
	msec now = loop_update_now(&server->loop);
	const struct source *source;
	struct prong_penalty penalty;
	uint32_t index = 0;

	while ((source = sources_from(&server->sources, *cursor, &index)) != NULL) {
		*cursor = index + 1;
		if (source->penalty.until <= now)
			continue;
		penalty_put(server, source, &penalty);
		extend(ret, size, &penalty, sizeof(penalty));
		return true;
	}
	return false;
}

/* What is said is about the source as a whole: one that is cut to a prefix is meant by an
 * address in it, and by a network around it. */
static bool
is_meant(const struct addr_key *what, const struct addr_key *key)
{
	return network_covers(what, key) || network_covers(key, what);
}

static void
tell_cleared(struct prong *server, const char *service, int count)
{
	struct event event;

	if (count == 0)
		return;
	event_begin(&event, EVENT_PENALTIES_CLEARED, service, NULL);
	event_number(&event, "count", count);
	event_send(&event, &server->sink);
}

static int
clear_all(struct prong *server, const char *service, const struct addr_key *what)
{
	msec now = loop_update_now(&server->loop);
	struct source *source;
	uint32_t index = 0, next = 0;
	int count = 0;

	while ((source = sources_from(&server->sources, next, &index)) != NULL) {
		next = index + 1;
		if (source->penalty.until == 0 || !is_meant(what, &source->key) ||
		    (service != NULL && strcmp(ledger_of(source)->name, service) != 0))
			continue;
		count += source->penalty.until > now;
		source->penalty = (struct penalty){ 0 };
		sources_touch(&server->sources, source, now);
	}
	return count;
}

PRONG_API int
prong_penalties_clear(struct prong *server, const char *service, const char *what)
{
	char why[256] = "";
	struct text wrong = TEXT_ON(why);
	struct addr_key network;
	int count;

	if (what == NULL)
		what = "";
	if (service != NULL && prong_service_find(server, service) == NULL)
		return unknown_service(server, service);
	if (network_parse(what, &network, &wrong) < 0)
		return engine_fail_word(server, -EINVAL, what, why);
	count = clear_all(server, service, &network);
	tell_cleared(server, service, count);
	return count;
}
