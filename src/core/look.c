/* What there is, for whoever asks: services, their settings and numbers, sessions. */
#include <string.h>

#include "capacity.h"
#include "conn.h"
#include "engine.h"
#include "listener.h"
#include "service.h"
#include "traffic.h"

PRONG_API struct prong_service *
prong_service_next(const struct prong *server, const struct prong_service *previous)
{
	return previous == NULL ? server->services : previous->next;
}

PRONG_API struct prong_service *
prong_service_find(const struct prong *server, const char *name)
{
	struct prong_service *at = server->services;

	while (at != NULL && strcmp(at->name, name) != 0)
		at = at->next;
	return at;
}

PRONG_API void
prong_service_facts(const struct prong_service *service, struct prong_service_facts *ret)
{
	const struct setting_list *program = &service->settings.program;

	*ret = (struct prong_service_facts){
		.name = service->name,
		.state = service_state(service),
		.program = service->handler == NULL && program->count > 0
			       ? program->words[0]
			       : NULL,
		.max_from = service->max_from,
	};
	ledger_sum(service->ledger, &ret->stats);
	ret->older = service->ledger->gate.live - service->live;
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
	const struct setting *setting = settings_find(name);
	struct text text = { .at = value, .size = size };

	if (size > 0)
		value[0] = '\0';
	if (strcmp(name, "listen") == 0)
		put_listen(&text, service);
	else if (strcmp(name, "program") == 0)
		put_words(&text, &service->settings.program);
	else if (setting != NULL)
		setting_put_value(&text, setting, &service->settings);
	else
		return -ENOENT;
	return text.is_cut ? -ERANGE : 0;
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
	};

	return names[state];
}

static struct traffic
traffic_of(const struct conn *conn)
{
	if (conn->state == CONN_FINISHING || conn->client_fd < 0)
		return conn->traffic;
	return traffic_read(conn->client_fd, conn->client_eof);
}

static void
session_put(struct prong *server, const struct conn *conn, struct prong_session *ret)
{
	struct text source = TEXT_ON(server->look);
	struct traffic traffic = traffic_of(conn);

	addr_put(&source, &conn->peer);
	*ret = (struct prong_session){
		.id = conn->id,
		.service = conn->service->name,
		.source = server->look,
		.state = state_name(conn->state),
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
prong_session_next(struct prong *server, uint32_t *cursor, struct prong_session *ret)
{
	const struct conn *conn = slots_from(&server->slots, *cursor);

	if (conn == NULL)
		return false;
	*cursor = slots_index(&server->slots, conn) + 1;
	session_put(server, conn, ret);
	return true;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

PRONG_API void
prong_needs(const struct prong *server, struct prong_needs *ret)
{
	const struct prong_service *set =
	    server->is_making ? server->making : server->services;
	const struct capacity_facts *facts = &server->facts;
	const uint64_t each = sizeof(struct conn) + sizeof(struct source) +
			      sizeof(struct report) + sizeof(struct output_rest);

	*ret = (struct prong_needs){
		.files = capacity_files_needed(facts, &(struct capacity_need){ 0 }, 0),
		.files_allowed = facts->files,
		.processes_allowed =
		    least(least(facts->processes, facts->pids), facts->pid_max),
		.memory_available = facts->memory,
	};
	for (const struct prong_service *at = set; at != NULL; at = at->next) {
		ret->sessions += at->max;
		ret->files += (uint64_t)at->max * engine_files_per_session(&at->settings);
		ret->files += at->listener_seen;
	}
	ret->processes = ret->sessions;
	ret->memory = ret->sessions * each;
}
