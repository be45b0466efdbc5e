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
		N_("listening"), N_("full"), N_("paused"), N_("held"), N_("running"),
		N_("terminating"), N_("killed"), N_("finishing") };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (strcmp(states[i], state) == 0)
			return words_get(states[i]);
	return state;
}

static void
copy(char *to, size_t size, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	seen_copy(to, size, text == NULL ? "" : text);
}

#define COPY(field, object, key) copy(field, sizeof(field), object, key)

static int64_t
number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

static pid_t
pid_in(const json_t *object)
{
	const int64_t pid = number(object, "pid");

	return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static void
numbers_read(struct seen_numbers *numbers, const json_t *object)
{
	*numbers = (struct seen_numbers){
		.live = number(object, "live"),
		.max = number(object, "max"),
		.most = number(object, "most"),
		.accepted = number(object, "accepted"),
		.refused = number(object, "refused"),
		.ended = number(object, "ended"),
		.failed = number(object, "failed"),
	};
}

void
seen_server_read(struct seen_server *server, const json_t *object)
{
	COPY(server->name, object, "instance");
	COPY(server->version, object, "version");
	COPY(server->state, object, "state");
	COPY(server->config, object, "config");
	server->pid = pid_in(object);
	server->started_at = number(object, "started_at");
	server->uptime_s = number(object, "uptime_s");
	server->generation = number(object, "generation");
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
	service->older = number(object, "older");
	numbers_read(&service->numbers, object);
}

void
seen_session_read(struct seen_session *session, const json_t *object)
{
	*session = (struct seen_session){
		.pid = pid_in(object),
		.age_ms = number(object, "age_ms"),
		.bytes_in = number(object, "bytes_in"),
		.bytes_out = number(object, "bytes_out"),
		.is_older = json_is_true(json_object_get(object, "older")),
		.cpu_us = -1,
		.memory_kb = -1,
		.permille = -1,
	};
	COPY(session->id, object, "id");
	COPY(session->service, object, "service");
	COPY(session->source, object, "source");
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
