#include "asked.h"

#include <string.h>

#include "ctl.h"
#include "instances.h"
#include "words.h"

#define NAMES_MOST 1000
#define NAME_BYTES 256
#define VALUE_BYTES 16640

struct names {
	char *all[NAMES_MOST];
	size_t count;
};

static int
take_name(const json_t *object, void *context)
{
	struct names *names = context;
	const char *name = json_string_value(json_object_get(object, "service"));

	if (name == NULL || names->count == NAMES_MOST)
		return 0;
	names->all[names->count] = strdup(name);
	return names->all[names->count++] == NULL ? -ENOMEM : 0;
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

static int
ask_service(struct wire *wire, const struct asked *asked, const char *service)
{
	const char *const words[] = { "settings", service, NULL };
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_QUIET_MS,
		.each = take_setting,
		.context = (void *)asked };
	char clean[NAME_BYTES];
	int status;

	seen_copy(clean, sizeof(clean), service);
	asked->begin(clean, asked->context);
	status = ask(wire, &question);
	if (status == CTL_DONE)
		asked->end(asked->context);
	return status;
}

static int
ask_all(struct wire *wire, const struct asked *asked)
{
	static const char *const words[] = { "status", NULL };
	struct names names = { .count = 0 };
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_QUIET_MS,
		.each = take_name,
		.context = &names };
	int status = ask(wire, &question);

	for (size_t i = 0; i < names.count; i++) {
		if (status == CTL_DONE)
			status = ask_service(wire, asked, names.all[i]);
		free(names.all[i]);
	}
	return status;
}

int
asked_settings(const struct asked *asked)
{
	const struct args args = {
		.name = "explain", .instance = asked->instance, .control = asked->control
	};
	struct instances instances;
	struct instance *instance;
	int status = CTL_FAILED;

	if (instances_find(&instances, &args) < 0)
		return fail(N_("out of memory"));
	instance = instances_need_one(&instances, &args);
	if (instance != NULL)
		status = asked->service == NULL
			     ? ask_all(&instance->wire, asked)
			     : ask_service(&instance->wire, asked, asked->service);
	instances_done(&instances);
	return status;
}
