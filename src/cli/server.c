#include "server.h"

#include <string.h>

#include "base.h"
#include "text.h"

/* What stopping takes beside the drain: sessions that need KILL, and the log. */
#define STOP_SPARE_MS 30000

/* What is not ours to bound must not push the rest out of the log. */
#define LINES_MOST 64

void
server_say(struct server *server, enum prong_level level, const char *name,
    const char *sentence, const char *text)
{
	const struct prong_field field = { .key = "text", .text = text };
	const struct prong_event event = { .name = name,
		.level = level,
		.sentence = sentence,
		.fields = &field,
		.field_count = 1 };

	logsink_put(&server->log, &event);
}

void
server_say_lines(struct server *server, enum prong_level level, const char *name,
    const char *sentence, const char *text)
{
	cleanup_(free_text) char *copy = strdup(text);
	char *rest = copy, *line;
	size_t said = 0;

	if (copy == NULL)
		server_say(server, level, name, sentence, text);
	while (rest != NULL && said < LINES_MOST && (line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0' && line[0] != ' ') {
			server_say(server, level, name, sentence, line);
			said++;
		}
	if (said == LINES_MOST && rest != NULL)
		server_say(server, level, name, sentence, "and more of that kind");
}

/* How long the sessions may take is in the configuration and not also in the unit. */
static void
ask_for_time(const struct server *server, const struct prong_event *event)
{
	for (size_t i = 0; i < event->field_count; i++)
		if (strcmp(event->fields[i].key, "timeout_ms") == 0)
			notify_send(server->notify, "EXTEND_TIMEOUT_USEC=%lld",
			    ((long long)event->fields[i].number + STOP_SPARE_MS) * 1000);
}

void
server_on_event(const struct prong_event *event, void *context)
{
	struct server *server = context;

	if (strcmp(event->name, "draining") == 0)
		ask_for_time(server, event);
	logsink_put(&server->log, event);
}

static void
put_services(struct text *status, const struct server *server)
{
	const struct prong_service *first = prong_service_next(server->prong, NULL);
	const char *between = "serving ", *address;
	struct prong_service_facts facts;

	for (const struct prong_service *at = first; at != NULL;
	     at = prong_service_next(server->prong, at)) {
		prong_service_facts(at, &facts, sizeof(facts));
		text_put(status, between);
		text_put(status, facts.name);
		between = ", ";
	}
	/* Several would be more than one line of systemctl's has room for. */
	if (first == NULL || prong_service_next(server->prong, first) != NULL)
		return;
	text_put(status, " on");
	for (size_t i = 0; (address = prong_bound(first, i)) != NULL; i++) {
		text_put(status, " ");
		text_put(status, address);
	}
}

void
server_notify_ready(struct server *server)
{
	char line[512];
	struct text status = TEXT_ON(line);

	if (server->notify->fd < 0)
		return;
	if (server->failed != NULL)
		text_printf(
		    &status, "the latest %s was not done, see the log; ", server->failed);
	put_services(&status, server);
	notify_send(server->notify, "READY=1\nMAINPID=%ld\nSTATUS=%.*s", (long)getpid(),
	    (int)status.used, status.at);
}

static void
tell_stopping(struct server *server)
{
	if (!server->is_draining)
		notify_send(server->notify, "STOPPING=1\nSTATUS=stopping");
	server->is_draining = true;
	server->told_live = UINT32_MAX;
}

int
server_stop_within(struct server *server, int64_t timeout_ms)
{
	tell_stopping(server);
	return prong_drain_within(server->prong, timeout_ms);
}

void
server_stop(struct server *server, int (*how)(struct prong *))
{
	tell_stopping(server);
	(void)how(server->prong);
}
