#include "show.h"

#include <string.h>
#include <sys/ioctl.h>

#include "ctl.h"
#include "instances.h"
#include "proc.h"
#include "report.h"
#include "sheet.h"
#include "words.h"

/* What is collected from all the servers that are asked. */
struct harvest {
	const struct args *args;
	struct instances instances;
	size_t at; /* the instance that is speaking */
	struct seen_list sessions;
	json_t *objects;
	json_t *services; /* of the instance that is speaking */
	bool is_wrong;
};

/* The terminal's; 0: no limit, for whoever reads a pipe has more room. */
static size_t
output_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

static int
print_json(const json_t *value)
{
	if (json_dumpf(value, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) < 0)
		return CTL_FAILED;
	(void)putchar('\n');
	return CTL_DONE;
}

static int
begin(struct harvest *harvest, const struct args *args)
{
	*harvest = (struct harvest){ .args = args, .objects = json_array() };
	if (harvest->objects == NULL || instances_find(&harvest->instances, args) < 0) {
		(void)fprintf(stderr, _("prong %s: out of memory\n"), args->name);
		return CTL_FAILED;
	}
	return instances_need_some(&harvest->instances, args) < 0 ? CTL_FAILED : CTL_DONE;
}

static void
end(struct harvest *harvest)
{
	instances_done(&harvest->instances);
	seen_list_done(&harvest->sessions);
	json_decref(harvest->objects);
}

/* Asks the instance whose turn it is; a failure is told of, and the next one is asked. */
static void
ask(struct harvest *harvest, const char *const words[],
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

/* ---- ps ---------------------------------------------------------------------------- */

static int
keep_json_session(
    struct harvest *harvest, const json_t *object, const struct seen_session *session)
{
	const struct seen_server *server = &harvest->instances.all[harvest->at].server;
	json_t *copy = json_copy((json_t *)(uintptr_t)object);

	if (copy == NULL)
		return -ENOMEM;
	(void)json_object_set_new(copy, "instance", json_string(server->name));
	(void)json_object_set_new(copy, "instance_pid", json_integer(server->pid));
	if (session->cpu_us >= 0) {
		(void)json_object_set_new(copy, "cpu_us", json_integer(session->cpu_us));
		(void)json_object_set_new(
		    copy, "memory_kb", json_integer(session->memory_kb));
	}
	return json_array_append_new(harvest->objects, copy) < 0 ? -ENOMEM : 0;
}

static int
keep_session(const json_t *object, void *context)
{
	struct harvest *harvest = context;
	struct seen_session *session = seen_list_add(&harvest->sessions);

	if (session == NULL)
		return -ENOMEM;
	seen_session_read(session, object);
	session->instance = harvest->at;
	(void)proc_read(session->pid, &session->cpu_us, &session->memory_kb);
	if (harvest->args->json)
		return keep_json_session(harvest, object, session);
	return 0;
}

static int
print_sessions(const struct harvest *harvest, const char *const *names)
{
	const size_t count = harvest->sessions.count;
	struct sheet sheet = { .sessions = harvest->sessions.sessions,
		.order = calloc(count + 1, sizeof(size_t)),
		.instances = harvest->instances.count > 1 ? names : NULL };
	struct sheet_view view;

	if (sheet.order == NULL)
		return CTL_FAILED;
	sheet_filter(&sheet, count, "");
	sheet_sort(&sheet, SHEET_ID, false);
	if (sheet.instances != NULL)
		sheet_sort(&sheet, SHEET_INSTANCE, false);
	sheet_show(&view, &sheet, 0, count);
	report_print(&view.table, output_width());
	free(sheet.order);
	return CTL_DONE;
}

static int
print_ps(struct harvest *harvest)
{
	const char **names;
	int status = CTL_FAILED;

	if (harvest->args->json)
		return print_json(harvest->objects);
	names = calloc(harvest->instances.count, sizeof(*names));
	if (names == NULL)
		return CTL_FAILED;
	for (size_t i = 0; i < harvest->instances.count; i++)
		names[i] = harvest->instances.all[i].server.name;
	status = print_sessions(harvest, names);
	free(names);
	return status;
}

int
show_ps(const struct args *args)
{
	const char *const words[] = { "ps", args->words[0], NULL };
	struct harvest harvest;
	int status = begin(&harvest, args);

	for (; status == CTL_DONE && harvest.at < harvest.instances.count; harvest.at++)
		ask(&harvest, words, keep_session);
	if (status == CTL_DONE && (!harvest.is_wrong || harvest.instances.count > 1))
		status = print_ps(&harvest);
	if (harvest.is_wrong)
		status = CTL_FAILED;
	end(&harvest);
	return status;
}

/* ---- status and stats -------------------------------------------------------------- */

/* The server's own object comes first; its services become an array in it. */
static int
keep_object(const json_t *object, void *context)
{
	struct harvest *harvest = context;
	const struct seen_server *server = &harvest->instances.all[harvest->at].server;
	json_t *copy;

	if (harvest->services != NULL)
		return json_array_append(harvest->services, (json_t *)(uintptr_t)object) <
			       0
			   ? -ENOMEM
			   : 0;
	copy = json_copy((json_t *)(uintptr_t)object);
	harvest->services = json_array();
	if (json_object_get(copy, "instance") == NULL) {
		(void)json_object_set_new(copy, "instance", json_string(server->name));
		(void)json_object_set_new(copy, "pid", json_integer(server->pid));
	}
	(void)json_object_set_new(copy, "services", harvest->services);
	return json_array_append_new(harvest->objects, copy) < 0 ? -ENOMEM : 0;
}

static void
print_each(const struct harvest *harvest, void (*print)(const json_t *, size_t width))
{
	const size_t width = output_width();
	const json_t *object;
	size_t i;

	json_array_foreach(harvest->objects, i, object)
	{
		if (i > 0)
			(void)putchar('\n');
		print(object, width);
	}
}

static int
show(const struct args *args, const char *request, void (*print)(const json_t *, size_t))
{
	const char *const words[] = { request, NULL };
	struct harvest harvest;
	int status = begin(&harvest, args);

	for (; status == CTL_DONE && harvest.at < harvest.instances.count; harvest.at++) {
		harvest.services = NULL;
		ask(&harvest, words, keep_object);
	}
	if (status == CTL_DONE && args->json)
		status = print_json(harvest.objects);
	else if (status == CTL_DONE)
		print_each(&harvest, print);
	if (harvest.is_wrong)
		status = CTL_FAILED;
	end(&harvest);
	return status;
}

int
show_status(const struct args *args)
{
	return show(args, "status", report_status);
}

int
show_stats(const struct args *args)
{
	return show(args, "stats", report_stats);
}
