#include "harvest.h"

#include <sys/ioctl.h>

#include "ctl.h"
#include "words.h"

int
harvest_begin(struct harvest *harvest, const struct args *args)
{
	*harvest = (struct harvest){ .args = args, .objects = json_array() };
	if (harvest->objects == NULL || instances_find(&harvest->instances, args) < 0) {
		(void)fprintf(stderr, _("prong %s: out of memory\n"), args->name);
		return CTL_FAILED;
	}
	if (instances_need_some(&harvest->instances, args) < 0)
		return CTL_FAILED;
	if (args->instance == NULL && args->control == NULL)
		harvest->is_partial = instances_tell_silent(&harvest->instances, args);
	return CTL_DONE;
}

int
harvest_status(const struct harvest *harvest, int status)
{
	return harvest->is_wrong || harvest->is_partial ? CTL_FAILED : status;
}

void
harvest_end(struct harvest *harvest)
{
	instances_done(&harvest->instances);
	json_decref(harvest->objects);
}

void
harvest_ask(struct harvest *harvest, const char *const words[],
    int (*each)(const json_t *, void *))
{
	struct instance *instance = &harvest->instances.all[harvest->at];
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_QUIET_MS,
		.each = each,
		.context = harvest };
	const char *error = NULL;
	json_t *last = NULL;
	int failed = wire_run(&instance->wire, &question, &last);

	if (failed < 0)
		error = wire_mistake(failed);
	else
		(void)wire_is_last(last, &error);
	if (error != NULL) {
		(void)fprintf(stderr, "prong %s: %s (pid %ld): %s\n", harvest->args->name,
		    instance->server.name, (long)instance->server.pid, words_get(error));
		harvest->is_wrong = true;
	}
	json_decref(last);
}

void
harvest_ask_all(struct harvest *harvest, const char *const words[],
    int (*each)(const json_t *, void *))
{
	for (; harvest->at < harvest->instances.count; harvest->at++)
		harvest_ask(harvest, words, each);
}

json_t *
harvest_keep(struct harvest *harvest, const json_t *object)
{
	const struct seen_server *server = &harvest->instances.all[harvest->at].server;
	json_t *copy = json_copy((json_t *)(uintptr_t)object);

	if (copy == NULL)
		return NULL;
	(void)json_object_set_new(copy, "instance", json_string(server->name));
	(void)json_object_set_new(copy, "instance_pid", json_integer(server->pid));
	return json_array_append_new(harvest->objects, copy) < 0 ? NULL : copy;
}

int
harvest_print_json(const struct harvest *harvest)
{
	if (json_dumpf(harvest->objects, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) < 0)
		return CTL_FAILED;
	(void)putchar('\n');
	return CTL_DONE;
}

size_t
harvest_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}
