#include "look.h"

#include <string.h>
#include <time.h>

#include "settings.h"

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
put_service_numbers(struct object *object, const struct prong_service *service)
{
	struct prong_stats stats;

	prong_service_stats(service, &stats, sizeof(stats));
	put_numbers(object, &stats);
}

/* Nothing of a service that has turned nobody away. */
static void
put_refusals(struct object *object, const struct prong_service *service)
{
	const char *refusals = prong_refusals(service);

	if (refusals[0] != '\0')
		object_text(object, "refusals", refusals);
}

static void
put_spare_numbers(struct object *object, const struct prong_spares *spares)
{
	object_number(object, "spares_ready", spares->ready);
	object_number(object, "spares_starting", spares->starting);
	object_number(object, "spares_wanted", spares->wanted);
	object_number(object, "spares_hits", (int64_t)spares->hits);
	object_number(object, "spares_misses", (int64_t)spares->misses);
	object_number(object, "spares_failed", (int64_t)spares->failed);
	object_number(object, "spares_lost", (int64_t)spares->lost);
	object_number(object, "spares_retired", (int64_t)spares->retired);
	if (spares->reasons != NULL && spares->reasons[0] != '\0')
		object_text(object, "spares_reasons", spares->reasons);
}

/* Nothing of a service that starts nobody ahead. */
static void
put_spares(struct object *object, const struct prong_service *service)
{
	struct prong_spares spares;

	prong_spares(service, &spares, sizeof(spares));
	if (strcmp(spares.asked, "fresh") == 0)
		return;
	object_text(object, "spares_asked", spares.asked);
	object_text(object, "spares_in_force", spares.in_force);
	if (spares.reason[0] != '\0')
		object_text(object, "spares_reason", spares.reason);
	put_spare_numbers(object, &spares);
	if (spares.call[0] != '\0') {
		object_text(object, "held_call", spares.call);
		object_number(object, "held_start_ms", (int64_t)spares.start_ms);
	}
	if (spares.memory_kb > 0)
		object_number(object, "spare_memory_kb", (int64_t)spares.memory_kb);
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
	const struct prong_service *service = answer_service_at(answer);

	if (service == NULL)
		return NULL;
	answer->step++;
	prong_service_facts(service, facts, sizeof(*facts));
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
	put_service_numbers(&object, service);
	put_refusals(&object, service);
	object_number(&object, "older", facts.older);
	if (facts.program != NULL)
		object_text(&object, "program", facts.program);
	object_text(&object, "max_from", facts.max_from == NULL ? "" : facts.max_from);
	put_listen(&object, service);
	put_spares(&object, service);
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
	prong_stats(answer->means->prong, &stats, sizeof(stats));
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
	const struct prong_service *service = take_service(answer, &facts);
	struct object object;

	if (service == NULL)
		return false;
	object_begin(&object, line);
	object_text(&object, "service", facts.name);
	object_text(&object, "state", facts.state);
	put_service_numbers(&object, service);
	put_refusals(&object, service);
	put_spares(&object, service);
	object_end(&object);
	return true;
}

static bool
stats_server(struct answer *answer, struct text *line)
{
	struct prong_stats stats;
	struct object object;

	prong_stats(answer->means->prong, &stats, sizeof(stats));
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
	if (session->proxy != NULL && session->proxy[0] != '\0')
		object_text(&object, "proxy", session->proxy);
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

	while (prong_session_next(
	    answer->means->prong, &answer->cursor, &session, sizeof(session))) {
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

/* ---- isolation --------------------------------------------------------------------- */

static bool
next_measure(struct answer *answer, struct text *line)
{
	const struct prong_service *service =
	    prong_service_find(answer->means->prong, answer->service);
	struct prong_measure measure;
	struct object object;

	if (service == NULL ||
	    !prong_measure_next(service, &answer->cursor, &measure, sizeof(measure)))
		return false;
	object_begin(&object, line);
	object_text(&object, "measure", measure.name);
	object_text(&object, "settings", measure.settings);
	object_text(&object, "state", measure.state);
	if (measure.asked[0] != '\0')
		object_text(&object, "asked", measure.asked);
	if (measure.what[0] != '\0')
		object_text(&object, "what", measure.what);
	if (measure.why[0] != '\0')
		object_text(&object, "why", measure.why);
	object_end(&object);
	return true;
}

void
look_isolation(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	(void)asker;
	if (request->count < 2)
		answer_set_error(answer, "which service? isolation SERVICE");
	else if (answer_set_service(answer, request->words[1]))
		answer->next = next_measure;
}
