#include "seen.h"

#include <string.h>

#include "text.h"
#include "words.h"

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* Plain text may hold backslashes of an earlier quoting, which are not doubled. */
void
seen_copy(char *to, size_t size, const char *from)
{
	struct text text = { .at = to, .size = size };

	to[0] = '\0';
	if (is_plain(from))
		text_put(&text, from);
	else
		text_put_quoted(&text, from, strlen(from));
}

const char *
seen_state(const char *state)
{
	static const char *const states[] = { N_("serving"), N_("draining"),
		N_("listening"), N_("full"), N_("paused"), N_("held"), N_("arriving"),
		N_("waiting"), N_("asking"), N_("running"), N_("terminating"),
		N_("killed"), N_("finishing") };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (strcmp(states[i], state) == 0)
			return words_get(states[i]);
	return state;
}

void
seen_text(char *to, size_t size, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	seen_copy(to, size, text == NULL ? "" : text);
}

#define COPY(field, object, key) seen_text(field, sizeof(field), object, key)

int64_t
seen_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

static pid_t
pid_in(const json_t *object)
{
	const int64_t pid = seen_number(object, "pid");

	return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static void
numbers_read(struct seen_numbers *numbers, const json_t *object)
{
	*numbers = (struct seen_numbers){
		.live = seen_number(object, "live"),
		.max = seen_number(object, "max"),
		.most = seen_number(object, "most"),
		.accepted = seen_number(object, "accepted"),
		.refused = seen_number(object, "refused"),
		.ended = seen_number(object, "ended"),
		.failed = seen_number(object, "failed"),
	};
}

static void
spares_read(struct seen_spares *spares, const json_t *object)
{
	*spares = (struct seen_spares){
		.ready = seen_number(object, "spares_ready"),
		.starting = seen_number(object, "spares_starting"),
		.wanted = seen_number(object, "spares_wanted"),
		.hits = seen_number(object, "spares_hits"),
		.misses = seen_number(object, "spares_misses"),
		.failed = seen_number(object, "spares_failed"),
		.lost = seen_number(object, "spares_lost"),
		.retired = seen_number(object, "spares_retired"),
		.start_ms = seen_number(object, "held_start_ms"),
		.memory_kb = seen_number(object, "spare_memory_kb"),
	};
	COPY(spares->asked, object, "spares_asked");
	COPY(spares->in_force, object, "spares_in_force");
	COPY(spares->reason, object, "spares_reason");
	COPY(spares->call, object, "held_call");
}

void
seen_server_read(struct seen_server *server, const json_t *object)
{
	COPY(server->name, object, "instance");
	COPY(server->version, object, "version");
	COPY(server->state, object, "state");
	COPY(server->config, object, "config");
	server->pid = pid_in(object);
	server->started_at = seen_number(object, "started_at");
	server->uptime_s = seen_number(object, "uptime_s");
	server->generation = seen_number(object, "generation");
	numbers_read(&server->numbers, object);
}

void
seen_service_read(struct seen_service *service, const json_t *object)
{
	COPY(service->name, object, "service");
	COPY(service->state, object, "state");
	COPY(service->program, object, "program");
	COPY(service->max_from, object, "max_from");
	COPY(service->listen, object, "listen");
	COPY(service->refusals, object, "refusals");
	service->older = seen_number(object, "older");
	numbers_read(&service->numbers, object);
	spares_read(&service->spares, object);
}

void
seen_session_read(struct seen_session *session, const json_t *object)
{
	*session = (struct seen_session){
		.pid = pid_in(object),
		.age_ms = seen_number(object, "age_ms"),
		.bytes_in = seen_number(object, "bytes_in"),
		.bytes_out = seen_number(object, "bytes_out"),
		.is_older = json_is_true(json_object_get(object, "older")),
		.cpu_us = -1,
		.memory_kb = -1,
		.permille = -1,
	};
	COPY(session->id, object, "id");
	COPY(session->service, object, "service");
	COPY(session->source, object, "source");
	COPY(session->proxy, object, "proxy");
	COPY(session->state, object, "state");
	COPY(session->cause, object, "cause");
}

struct seen_session *
seen_list_add(struct seen_list *list)
{
	if (list->count == list->room) {
		const size_t room = list->room == 0 ? 64 : list->room * 2;
		void *grown = reallocarray(list->sessions, room, sizeof(*list->sessions));

		if (grown == NULL)
			return NULL;
		list->sessions = grown;
		list->room = room;
	}
	return &list->sessions[list->count++];
}

void
seen_list_done(struct seen_list *list)
{
	free(list->sessions);
	*list = (struct seen_list){ 0 };
}
