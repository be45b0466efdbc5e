/* What there is, for whoever asks: services, their settings and numbers, sessions. */
#include <string.h>

#include "capacity.h"
#include "conn.h"
#include "engine.h"
#include "extend.h"
#include "listener.h"
#include "service.h"
#include "traffic.h"

PRONG_API struct prong_service *
prong_service_next(const struct prong *server, const struct prong_service *previous)
{
	return previous == NULL ? server->services : service_next(previous);
}

PRONG_API struct prong_service *
prong_service_find(const struct prong *server, const char *name)
{
	struct prong_service *at = server->services;

	while (at != NULL && (name == NULL || strcmp(at->name, name) != 0))
		at = service_next(at);
	return at;
}

PRONG_API void
prong_service_facts(
    const struct prong_service *service, struct prong_service_facts *ret, size_t size)
{
	const struct setting_list *program = &service->settings.program;

	const struct prong_service_facts facts = {
		.name = service->name,
		.state = service_state(service),
		.program = service->handler == NULL && program->count > 0
			       ? program->words[0]
			       : NULL,
		.max_from = service->max_from,
		.older =
		    service->ledger->gate.live + service->ledger->waiting - service->live,
	};

	extend(ret, size, &facts, sizeof(facts));
}

PRONG_API void
prong_service_stats(
    const struct prong_service *service, struct prong_stats *ret, size_t size)
{
	struct prong_stats stats = { 0 };

	ledger_sum(service->ledger, &stats);
	extend(ret, size, &stats, sizeof(stats));
}

static void
put_words(struct text *text, const struct setting_list *words)
{
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			text_put_char(text, ' ');
		text_put_quoted(text, words->words[i], strlen(words->words[i]));
	}
}

static void
put_listen(struct text *text, const struct prong_service *service)
{
	if (service->listener_count == 0)
		put_words(text, &service->settings.listen);
	for (size_t i = 0; i < service->listener_count; i++)
		text_printf(text, "%s%s", i > 0 ? " " : "", service->listeners[i].name);
}

PRONG_API int
prong_get(const struct prong_service *service, const char *name, char *value, size_t size)
{
	const struct setting *setting;
	struct text error = TEXT_ON(service->server->error);
	struct text text = { .at = value, .size = size };

	if (size > 0)
		value[0] = '\0';
	if (name == NULL)
		name = "";
	setting = settings_find(name);
	if (strcmp(name, "listen") == 0)
		put_listen(&text, service);
	else if (strcmp(name, "program") == 0)
		put_words(&text, &service->settings.program);
	else if (setting != NULL)
		setting_put_value(&text, setting, &service->settings);
	else {
		settings_put_unknown(&service->settings, name, &error);
		return -ENOENT;
	}
	if (!text.is_cut)
		return 0;
	text_printf(
	    &error, "%s: its value is longer than the %zu bytes for it", name, size);
	return -ERANGE;
}

PRONG_API bool
prong_measure_next(const struct prong_service *service, uint32_t *cursor,
    struct prong_measure *ret, size_t size)
{
	static const char *const asked[] = {
		[WISH_NONE] = "", [WISH_PRESET] = "preset", [WISH_SETTING] = "setting"
	};
	static const char *const states[] = { [STANDING_OUT] = "off",
		[STANDING_WANTED] = "wanted",
		[STANDING_IN_FORCE] = "in-force",
		[STANDING_MISSING] = "missing" };
	const struct measure_state *state;
	struct prong_measure measure;

	if (*cursor >= MEASURE_COUNT)
		return false;
	state = &service->isolation.measures.of[*cursor];
	measure = (struct prong_measure){
		.name = measure_name(*cursor),
		.settings = measure_settings(*cursor),
		.asked = asked[state->wish],
		.state = states[state->standing],
		.what = state->what,
		/* What was struck out and is not wanted any more keeps its reason. */
		.why = state->standing == STANDING_OUT ? "" : state->why,
	};
	extend(ret, size, &measure, sizeof(measure));
	(*cursor)++;
	return true;
}

static const char *
state_name(enum conn_state state)
{
	static const char *const names[] = {
		[CONN_FREE] = "",
		[CONN_RUNNING] = "running",
		[CONN_TERMINATING] = "terminating",
		[CONN_KILLED] = "killed",
		[CONN_FINISHING] = "finishing",
		[CONN_ENTERING] = "arriving",
		[CONN_ARRIVING] = "arriving",
		[CONN_WAITING] = "waiting",
		[CONN_ASKING] = "asking",
	};

	return names[state];
}

static struct traffic
traffic_of(const struct conn *conn)
{
	if (conn->state == CONN_FINISHING || conn->client_fd < 0)
		return conn->traffic;
	return conn_traffic(conn);
}

static void
session_put(struct prong *server, const struct conn *conn, struct prong_session *ret)
{
	struct text source = TEXT_ON(server->look);
	struct text proxy = TEXT_ON(server->look_proxy);
	struct traffic traffic = traffic_of(conn);

	addr_put(&source, &conn->peer);
	server->look_proxy[0] = '\0';
	if (conn->introduction != NULL)
		addr_put(&proxy, &conn->introduction->proxy);
	*ret = (struct prong_session){
		.id = conn->id,
		.service = conn->service->name,
		.source = server->look,
		.state = state_name(conn->state),
		.proxy = server->look_proxy,
		.cause = conn_cause_name(conn->cause),
		.pid = conn->state == CONN_FINISHING ? 0 : conn->pid,
		.age_ms = (uint64_t)(loop_update_now(&server->loop) - conn->begun),
		.has_bytes = traffic.is_known,
		.bytes_in = traffic.in,
		.bytes_out = traffic.out,
		.is_older = conn->service->is_retired,
	};
}

PRONG_API bool
prong_session_next(
    struct prong *server, uint32_t *cursor, struct prong_session *ret, size_t size)
{
	const struct conn *conn = slots_from(&server->slots, *cursor);
	struct prong_session session;

	if (conn == NULL)
		return false;
	*cursor = slots_index(&server->slots, conn) + 1;
	session_put(server, conn, &session);
	extend(ret, size, &session, sizeof(session));
	return true;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

PRONG_API void
prong_needs(const struct prong *server, struct prong_needs *ret, size_t size)
{
	const struct prong_service *set =
	    server->is_making ? server->making : server->services;
	const struct capacity_facts *facts = &server->facts;

	struct prong_needs needs = {
		.files = capacity_files_needed(facts, &(struct capacity_need){ 0 }, 0),
		.files_allowed = facts->files,
		.processes_allowed =
		    least(least(facts->processes, facts->pids), facts->pid_max),
		.memory_available = facts->memory,
	};
	for (const struct prong_service *at = set; at != NULL; at = service_next(at)) {
		needs.sessions += at->max;
		needs.files += (uint64_t)at->max * engine_files_per_session(at);
		needs.files += engine_files_apart(at);
		needs.processes += engine_processes_ahead(at);
		needs.memory += engine_memory(at);
	}
	needs.processes += needs.sessions;
	extend(ret, size, &needs, sizeof(needs));
}
