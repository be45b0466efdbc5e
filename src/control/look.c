#include "look.h"

#include <string.h>
#include <time.h>

#include "settings.h"

/* The service that is `step` places behind the first, or NULL. */
static struct prong_service *
service_at(const struct answer *answer)
{
	struct prong_service *service = prong_service_next(answer->means->prong, NULL);

	for (size_t i = 0; i < answer->step && service != NULL; i++)
		service = prong_service_next(answer->means->prong, service);
	return service;
}

/* ---- status and stats -------------------------------------------------------------- */

static void
put_numbers(struct object *object, const struct prong_stats *stats)
{
	object_number(object, "live", stats->live);
	object_number(object, "max", stats->max);
	object_number(object, "most", stats->most);
	object_number(object, "accepted", (int64_t)stats->accepted);
	object_number(object, "refused", (int64_t)stats->refused);
	object_number(object, "ended", (int64_t)stats->ended);
	object_number(object, "failed", (int64_t)stats->failed);
}

static void
put_listen(struct object *object, const struct prong_service *service)
{
	char words[2048] = "";
	struct text text = TEXT_ON(words);
	const char *address;

	for (size_t i = 0; (address = prong_bound(service, i)) != NULL; i++)
		text_printf(&text, "%s%s", i > 0 ? " " : "", address);
	object_text(object, "listen", words);
}

/* The service whose turn it is; NULL: there is none left. */
static const struct prong_service *
take_service(struct answer *answer, struct prong_service_facts *facts)
{
	const struct prong_service *service = service_at(answer);

	if (service == NULL)
		return NULL;
	answer->step++;
	prong_service_facts(service, facts);
	return service;
}

static bool
status_service(struct answer *answer, struct text *line)
{
	struct prong_service_facts facts;
	const struct prong_service *service = take_service(answer, &facts);
	struct object object;

	if (service == NULL)
		return false;
	object_begin(&object, line);
	object_text(&object, "service", facts.name);
	object_text(&object, "state", facts.state);
	put_numbers(&object, &facts.stats);
	object_number(&object, "older", facts.older);
	if (facts.program != NULL)
		object_text(&object, "program", facts.program);
	object_text(&object, "max_from", facts.max_from == NULL ? "" : facts.max_from);
	put_listen(&object, service);
	object_end(&object);
	return true;
}

static bool
status_server(struct answer *answer, struct text *line)
{
	const struct control_host *host = answer->means->host;
	struct control_facts facts = { 0 };
	struct prong_stats stats;
	struct object object;

	host->facts(host->context, &facts);
	prong_stats(answer->means->prong, &stats);
	object_begin(&object, line);
	object_text(&object, "instance", facts.name);
	object_number(&object, "pid", getpid());
	object_text(&object, "version", facts.version);
	object_text(&object, "config", facts.config);
	object_text(&object, "state", facts.state);
	object_number(&object, "started_at", facts.started_at);
	object_number(&object, "uptime_s", time(NULL) - facts.started_at);
	object_number(&object, "generation", (int64_t)facts.generation);
	put_numbers(&object, &stats);
	object_end(&object);
	answer->next = status_service;
	return true;
}

void
look_status(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	(void)asker;
	(void)request;
	answer->next = status_server;
}

static bool
stats_service(struct answer *answer, struct text *line)
{
	struct prong_service_facts facts;
	struct object object;

	if (take_service(answer, &facts) == NULL)
		return false;
	object_begin(&object, line);
	object_text(&object, "service", facts.name);
	object_text(&object, "state", facts.state);
	put_numbers(&object, &facts.stats);
	object_end(&object);
	return true;
}

static bool
stats_server(struct answer *answer, struct text *line)
{
	struct prong_stats stats;
	struct object object;

	prong_stats(answer->means->prong, &stats);
	object_begin(&object, line);
	put_numbers(&object, &stats);
	object_end(&object);
	answer->next = stats_service;
	return true;
}

void
look_stats(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	(void)asker;
	(void)request;
	answer->next = stats_server;
}

/* ---- ps ---------------------------------------------------------------------------- */

static void
put_session(struct text *line, const struct prong_session *session)
{
	struct object object;

	object_begin(&object, line);
	object_text(&object, "id", session->id);
	object_text(&object, "service", session->service);
	object_text(&object, "source", session->source);
	object_text(&object, "state", session->state);
	if (session->cause[0] != '\0')
		object_text(&object, "cause", session->cause);
	object_number(&object, "pid", session->pid);
	object_number(&object, "age_ms", (int64_t)session->age_ms);
	if (session->has_bytes) {
		object_number(&object, "bytes_in", (int64_t)session->bytes_in);
		object_number(&object, "bytes_out", (int64_t)session->bytes_out);
	}
	if (session->is_older)
		object_bool(&object, "older", true);
	object_end(&object);
}

static bool
next_session(struct answer *answer, struct text *line)
{
	struct prong_session session;

	while (prong_session_next(answer->means->prong, &answer->cursor, &session)) {
		if (answer->service[0] != '\0' &&
		    strcmp(answer->service, session.service) != 0)
			continue;
		put_session(line, &session);
		return true;
	}
	return false;
}

void
look_ps(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	(void)asker;
	if (answer_set_service(answer, request->words[1]))
		answer->next = next_session;
}

/* ---- settings ---------------------------------------------------------------------- */

/* A list that is too long for one object is told of without its words. */
static bool
next_setting(struct answer *answer, struct text *line)
{
	const struct prong_service *service =
	    prong_service_find(answer->means->prong, answer->service);
	static const char *const words[] = { "listen", "program" };
	char value[OBJECT_BYTES / 2] = "";
	struct object object;
	const char *name;
	int got;

	if (service == NULL || answer->step >= ARRAY_SIZE(words) + settings_count)
		return false;
	name = answer->step < ARRAY_SIZE(words)
		   ? words[answer->step]
		   : settings_table[answer->step - ARRAY_SIZE(words)].name;
	answer->step++;
	got = prong_get(service, name, value, sizeof(value));
	object_begin(&object, line);
	object_text(&object, "setting", name);
	if (got == 0)
		object_text(&object, "value", value);
	object_end(&object);
	return true;
}

void
look_settings(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	(void)asker;
	if (request->count < 2)
		answer_set_error(answer, "which service? settings SERVICE");
	else if (answer_set_service(answer, request->words[1]))
		answer->next = next_setting;
}
