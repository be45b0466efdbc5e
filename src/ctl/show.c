#include "show.h"

#include <string.h>

#include "ctl.h"
#include "harvest.h"
#include "proc.h"
#include "report.h"
#include "sheet.h"
#include "words.h"

/* ---- ps ---------------------------------------------------------------------------- */

static int
keep_json_session(
    struct harvest *harvest, const json_t *object, const struct seen_session *session)
{
	json_t *copy = harvest_keep(harvest, object);

	if (copy == NULL)
		return -ENOMEM;
	if (session->cpu_us >= 0) {
		(void)json_object_set_new(copy, "cpu_us", json_integer(session->cpu_us));
		(void)json_object_set_new(
		    copy, "memory_kb", json_integer(session->memory_kb));
	}
	return 0;
}

static int
keep_session(const json_t *object, void *context)
{
	struct harvest *harvest = context;
	struct seen_session *session = seen_list_add(harvest->kept);

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
	const struct seen_list *sessions = harvest->kept;
	const size_t count = sessions->count;
	struct sheet sheet = { .sessions = sessions->sessions,
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
	report_print(&view.table, harvest_width());
	free(sheet.order);
	return CTL_DONE;
}

static int
print_ps(struct harvest *harvest)
{
	const char **names;
	int status = CTL_FAILED;

	if (harvest->args->json)
		return harvest_print_json(harvest);
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
	struct seen_list sessions = { 0 };
	struct harvest harvest;
	int status = harvest_begin(&harvest, args);

	harvest.kept = &sessions;
	if (status == CTL_DONE)
		harvest_ask_all(&harvest, words, keep_session);
	if (status == CTL_DONE && (!harvest.is_wrong || harvest.instances.count > 1))
		status = print_ps(&harvest);
	status = harvest_status(&harvest, status);
	harvest_end(&harvest);
	seen_list_done(&sessions);
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

	if (harvest->kept != NULL)
		return json_array_append(harvest->kept, (json_t *)(uintptr_t)object) < 0
			   ? -ENOMEM
			   : 0;
	copy = json_copy((json_t *)(uintptr_t)object);
	harvest->kept = json_array();
	if (json_object_get(copy, "instance") == NULL) {
		(void)json_object_set_new(copy, "instance", json_string(server->name));
		(void)json_object_set_new(copy, "pid", json_integer(server->pid));
	}
	(void)json_object_set_new(copy, "services", harvest->kept);
	return json_array_append_new(harvest->objects, copy) < 0 ? -ENOMEM : 0;
}

static void
print_each(const struct harvest *harvest, void (*print)(const json_t *, size_t width))
{
	const size_t width = harvest_width();
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
	int status = harvest_begin(&harvest, args);

	for (; status == CTL_DONE && harvest.at < harvest.instances.count; harvest.at++) {
		harvest.kept = NULL;
		harvest_ask(&harvest, words, keep_object);
	}
	if (status == CTL_DONE && args->json)
		status = harvest_print_json(&harvest);
	else if (status == CTL_DONE)
		print_each(&harvest, print);
	status = harvest_status(&harvest, status);
	harvest_end(&harvest);
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
