#include "asked.h"

#include <string.h>

#include "ahead.h"
#include "ctl.h"
#include "instances.h"
#include "words.h"

#define NAMES_MOST 1000
#define NAME_BYTES 256
#define VALUE_BYTES 16640

/* The services that are meant, each with what it has started ahead. */
struct names {
	const struct asked *asked;
	struct name {
		char *name;
		struct seen_spares spares;
	} all[NAMES_MOST];
	size_t count;
};

static int
take_name(const json_t *object, void *context)
{
	struct names *names = context;
	const char *name = json_string_value(json_object_get(object, "service"));
	const char *wanted = names->asked->service;
	struct seen_service service;

	if (name == NULL || names->count == NAMES_MOST ||
	    (wanted != NULL && strcmp(wanted, name) != 0))
		return 0;
	seen_service_read(&service, object);
	names->all[names->count] = (struct name){ strdup(name), service.spares };
	return names->all[names->count++].name == NULL ? -ENOMEM : 0;
}

/* Whoever answers may be another user's server. */
static int
take_setting(const json_t *object, void *context)
{
	const struct asked *asked = context;
	const char *name = json_string_value(json_object_get(object, "setting"));
	const char *value = json_string_value(json_object_get(object, "value"));
	char clean[VALUE_BYTES];

	if (name == NULL)
		return 0;
	if (value != NULL)
		seen_copy(clean, sizeof(clean), value);
	asked->each(name, value == NULL ? NULL : clean, asked->context);
	return 0;
}

static void
copy_text(char *to, size_t size, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	seen_copy(to, size, text == NULL ? "" : text);
}

static int
take_measure(const json_t *object, void *context)
{
	const struct asked *asked = context;
	char name[64], who[64], state[64], what[1024], why[1024];

	copy_text(name, sizeof(name), object, "measure");
	copy_text(who, sizeof(who), object, "asked");
	copy_text(state, sizeof(state), object, "state");
	copy_text(what, sizeof(what), object, "what");
	copy_text(why, sizeof(why), object, "why");
	if (name[0] != '\0')
		asked->measure(&(struct asked_measure){ name, who, state, what, why },
		    asked->context);
	return 0;
}

static int
fail(const char *why)
{
	char clean[1024];

	seen_copy(clean, sizeof(clean), words_get(why));
	(void)fprintf(stderr, "prong explain: %s\n", clean);
	return CTL_FAILED;
}

static int
ask(struct wire *wire, const struct wire_question *question)
{
	json_t *last = NULL;
	const char *error = NULL;
	int failed = wire_run(wire, question, &last), status = CTL_DONE;

	if (failed < 0)
		status = fail(wire_mistake(failed));
	else if (wire_is_last(last, &error) && error != NULL)
		status = fail(error);
	json_decref(last);
	return status;
}

/* A server of an earlier version does not know the question: then there is no answer. */
static void
ask_measures(struct wire *wire, const struct asked *asked, const char *service)
{
	const char *const words[] = { "isolation", service, NULL };
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_QUIET_MS,
		.each = take_measure,
		.context = (void *)asked };
	json_t *last = NULL;

	(void)wire_run(wire, &question, &last);
	json_decref(last);
}

static void
tell_ahead(const struct asked *asked, const struct seen_spares *spares)
{
	char now[1024], counts[512];
	struct text now_text = TEXT_ON(now), counts_text = TEXT_ON(counts);

	if (spares->asked[0] == '\0')
		return;
	ahead_put(&now_text, spares);
	ahead_put_counts(&counts_text, spares);
	asked->ahead(now, counts, asked->context);
}

static int
ask_service(struct wire *wire, const struct asked *asked, const struct name *service)
{
	const char *const words[] = { "settings", service->name, NULL };
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_QUIET_MS,
		.each = take_setting,
		.context = (void *)asked };
	char clean[NAME_BYTES];
	int status;

	seen_copy(clean, sizeof(clean), service->name);
	asked->begin(clean, asked->context);
	tell_ahead(asked, &service->spares);
	status = ask(wire, &question);
	if (status != CTL_DONE)
		return status;
	ask_measures(wire, asked, service->name);
	asked->end(asked->context);
	return CTL_DONE;
}

/* One that is not there is asked for all the same: the server says so. */
static void
add_missing(struct names *names)
{
	const char *wanted = names->asked->service;

	if (wanted != NULL && names->count == 0)
		names->all[names->count++].name = strdup(wanted);
}

static int
ask_all(struct wire *wire, const struct asked *asked, struct names *names)
{
	static const char *const words[] = { "status", NULL };
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_QUIET_MS,
		.each = take_name,
		.context = names };
	int status = ask(wire, &question);

	add_missing(names);
	for (size_t i = 0; i < names->count; i++) {
		if (status == CTL_DONE && names->all[i].name != NULL)
			status = ask_service(wire, asked, &names->all[i]);
		free(names->all[i].name);
	}
	return status;
}

int
asked_settings(const struct asked *asked)
{
	const struct args args = {
		.name = "explain", .instance = asked->instance, .control = asked->control
	};
	struct names *names = calloc(1, sizeof(*names));
	struct instances instances;
	struct instance *instance;
	int status = CTL_FAILED;

	if (names == NULL)
		return fail(N_("out of memory"));
	names->asked = asked;
	if (instances_find(&instances, &args) < 0) {
		free(names);
		return fail(N_("out of memory"));
	}
	instance = instances_need_one(&instances, &args);
	if (instance != NULL)
		status = ask_all(&instance->wire, asked, names);
	instances_done(&instances);
	free(names);
	return status;
}
