#include "server.h"

#include <string.h>

#include "base.h"

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

void
server_on_event(const struct prong_event *event, void *context)
{
	struct server *server = context;

	if (strcmp(event->name, "serving") == 0)
		(void)prong_event_text(event, server->serving, sizeof(server->serving));
	logsink_put(&server->log, event);
}

/* One service is told in whole; of several, how many there are. */
void
server_notify_ready(struct server *server)
{
	unsigned count = 0;

	for (const struct prong_service *at = prong_service_next(server->prong, NULL);
	     at != NULL; at = prong_service_next(server->prong, at))
		count++;
	if (count == 1)
		notify_send(server->notify, "READY=1\nMAINPID=%ld\nSTATUS=%s",
		    (long)getpid(), server->serving);
	else
		notify_send(server->notify,
		    "READY=1\nMAINPID=%ld\nSTATUS=serving %u services", (long)getpid(),
		    count);
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
