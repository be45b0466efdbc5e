#include "engine.h"

#include <fcntl.h>
#include <string.h>

#include "conn.h"
#include "image.h"
#include "listener.h"
#include "open.h"
#include "prepare.h"
#include "room.h"
#include "version.h"

void
engine_tell(struct prong *server, enum event_id id, const char *service, const char *text)
{
	struct event event;

	event_begin(&event, id, service, NULL);
	event_text(&event, "text", text);
	event_send(&event, &server->sink);
}

int
engine_fail(struct prong *server, int rc, const char *why)
{
	struct text error = TEXT_ON(server->error);

	text_put(&error, why);
	return rc;
}

void
engine_trim_error(struct prong *server, int rc)
{
	size_t length = strlen(server->error);

	while (length > 0 && server->error[length - 1] == '\n')
		server->error[--length] = '\0';
	if (length == 0)
		(void)engine_fail(server, rc, strerror(-rc));
}

static bool
engine_needs_image(const struct prong_service *set)
{
	for (const struct prong_service *at = set; at != NULL; at = at->next)
		if (at->plan.image_fd >= 0)
			return true;
	return false;
}

int
engine_load_image(struct prong *server, struct text *message)
{
	int rc;

	if (server->nursery.has_image)
		return 0;
	rc = spawn_load_image(&server->nursery, builtin_image, builtin_image_size,
	    PRONG_LIBEXECDIR "/prong-builtin");
	if (rc < 0)
		text_printf(message,
		    "the built-in services cannot be prepared in memory (vm.memfd_noexec?) "
		    "and " PRONG_LIBEXECDIR "/prong-builtin cannot be used: %s\n",
		    strerror(-rc));
	return rc;
}

/* pidfd, client's socket, error output: as many as the settings need. */
uint32_t
engine_files_per_session(const struct settings *settings)
{
	return 1 + (conn_needs_client(settings) ? 1 : 0) +
	       (settings->stderr_to == STDERR_LOG ? 1 : 0);
}

static void
engine_check_files(struct prong_service *service, const struct capacity_facts *facts,
    const struct capacity_need *need)
{
	uint64_t files = capacity_files_needed(facts, need, service->max);
	char line[256];
	struct text text = TEXT_ON(line);

	if (files <= facts->files)
		return;
	text_printf(&text,
	    "max: %u at once would need %llu descriptors, RLIMIT_NOFILE allows %llu: the "
	    "rest will wait; raise the limit (ulimit -n) or lower max",
	    service->max, (unsigned long long)files, (unsigned long long)facts->files);
	engine_tell(service->server, EVENT_WARNING, service->name, line);
}

static void
engine_size_service(struct prong_service *service, uint32_t services)
{
	const struct settings *settings = &service->settings;
	const struct capacity_facts *facts = &service->server->facts;
	struct capacity_need need = { engine_files_per_session(settings), services };
	struct text why = TEXT_ON(service->max_from);

	service->max = settings->max;
	if (settings->max == 0)
		service->max = capacity_default(facts, &need, &why);
	else
		text_put(&why, "as asked");
	engine_check_files(service, facts, &need);
}

uint32_t
engine_slots_needed(const struct prong *server, const struct prong_service *set)
{
	uint64_t total = 1 + (uint64_t)server->slots.live;

	for (const struct prong_service *at = set; at != NULL; at = at->next)
		total += at->max;
	return total > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)total;
}

static int
engine_size(struct prong *server, struct prong_service *set, struct text *message)
{
	uint32_t services = 0, total;
	int rc;

	/* What is free later depends on the sessions that are live then. */
	if (server->facts.files == 0)
		capacity_read(&server->facts);
	for (struct prong_service *at = set; at != NULL; at = at->next)
		services++;
	for (struct prong_service *at = set; at != NULL; at = at->next)
		engine_size_service(at, services);
	total = engine_slots_needed(server, set);
	rc = room_grow(server, total);
	if (rc < 0)
		text_printf(message, "no memory for %u sessions; lower max\n", total - 1);
	return rc;
}

/* Of a hundred services most differ in their programs only: the stages before that are
 * the same, and one of them has been through. */
static bool
engine_is_tried(const struct prong_service *service)
{
	const struct prong *server = service->server;
	const struct prong_service *at =
	    server->is_making ? server->making : server->services;

	while (at != NULL && at != service) {
		if (at->is_tried && prepare_is_alike(&at->plan, &service->plan))
			return true;
		at = at->next;
	}
	return false;
}

/* The stages of a child, tried once: an id that cannot be had or a limit that cannot be
 * raised is an error now and not with the first client. */
static int
engine_try(struct prong_service *service, struct text *message)
{
	struct report report = { 0 };
	const char *subject;
	int rc;

	service->is_tried = engine_is_tried(service);
	if (service->is_tried)
		return 0;
	rc = spawn_trial(&service->server->nursery, &service->plan, &report);
	if (rc < 0) {
		text_printf(message, "cannot start a process: %s\n", strerror(-rc));
		return rc;
	}
	service->is_tried = report.stage == STAGE_NONE;
	if (service->is_tried)
		return 0;
	subject = service_stage_subject(service, report.stage);
	text_printf(message,
	    "%s: a program could not be started: stage \"%s\": ", service->name,
	    child_stage_name(report.stage));
	if (subject != NULL)
		text_printf(message, "'%s': ", subject);
	text_printf(
	    message, "%s; %s\n", strerror(report.error), child_stage_hint(report.stage));
	return -report.error;
}

/* What is wrong with one of several services begins with its name. */
static void
engine_put_lines(struct text *message, const struct prong_service *service, char *lines)
{
	const char *name = service->name;
	char *line;

	while ((line = strsep(&lines, "\n")) != NULL) {
		size_t length = strlen(name);

		if (line[0] == '\0')
			continue;
		if (strncmp(line, name, length) != 0 || line[length] != ':')
			text_printf(message, "%s: ", name);
		text_printf(message, "%s\n", line);
	}
}

/* Does one thing with each service, so that all mistakes are told at once. */
static int
engine_each(struct prong_service *set,
    int (*what)(struct prong_service *, struct text *message), struct text *message)
{
	int rc, worst = 0;

	for (struct prong_service *at = set; at != NULL; at = at->next) {
		char lines[4096] = "";
		struct text own = TEXT_ON(lines);

		rc = what(at, set->next == NULL ? message : &own);
		if (rc < 0)
			worst = rc;
		engine_put_lines(message, at, lines);
	}
	return worst;
}

static int
engine_prepare(struct prong *server, struct prong_service *set, struct text *message)
{
	int rc;

	server->ignored_signals = prepare_ignored_signals();
	rc = engine_each(set, prepare_service, message);
	if (rc == 0 && engine_needs_image(set))
		rc = engine_load_image(server, message);
	return rc < 0 ? rc : engine_each(set, engine_try, message);
}

static int
engine_open(struct prong_service *service, struct text *message)
{
	int rc = open_service(service, service->server->pool, message);

	service->listener_seen = (uint32_t)service->listener_count;
	return rc < 0 ? rc : prepare_check_listeners(service, message);
}

static int
engine_listen_one(struct prong_service *service, struct text *message)
{
	return open_listen(service, service->server->pool, message);
}

static int
engine_listen(struct prong *server, struct prong_service *set,
    const struct prong_service *old, bool is_check, struct text *message)
{
	int rc;

	server->pool = open_pool_new(old);
	if (server->pool == NULL)
		return -ENOMEM;
	rc = engine_each(set, engine_open, message);
	if (rc == 0 && !is_check)
		rc = engine_each(set, engine_listen_one, message);
	open_pool_free(server->pool);
	server->pool = NULL;
	return rc;
}

/* FNV-1a: what a reload did not change need not be said again. */
static bool
engine_is_told(struct prong_service *service, const struct event *event)
{
	char line[2048];
	uint64_t sum = 0xcbf29ce484222325;
	size_t length = prong_event_text(&event->told, line, sizeof(line));
	bool is_told;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)line[i]) * 0x100000001b3;
	is_told = service->ledger->told == sum;
	service->ledger->told = sum;
	return is_told;
}

static void
engine_put_listeners(struct event *event, const struct prong_service *service)
{
	struct text text = event_open(event);

	for (size_t i = 0; i < service->listener_count; i++) {
		text_put(&text, i == 0 ? "" : " ");
		text_put(&text, service->listeners[i].name);
	}
	event_close(event, "listen", &text);
}

static bool
engine_runs_as_root(const struct prong_service *service)
{
	return geteuid() == 0 && !service->plan.has_ids && service->handler == NULL &&
	       service->settings.program.words[0][0] != '@';
}

static void
engine_tell_serving(struct prong_service *service)
{
	struct event event;
	const char *program =
	    service->handler != NULL ? "a handler" : service->settings.program.words[0];

	event_begin(&event, EVENT_SERVING, service->name, NULL);
	engine_put_listeners(&event, service);
	event_text(&event, "program", program);
	event_number(&event, "max", service->max);
	event_text(&event, "max_from", service->max_from);
	if (engine_is_told(service, &event))
		return;
	if (engine_runs_as_root(service))
		engine_tell(service->server, EVENT_NOTE, service->name,
		    "programs run as root; 'user' gives them less");
	event_send(&event, &service->server->sink);
}

void
engine_stop(struct prong *server)
{
	for (struct prong_service *at = server->services; at != NULL; at = at->next)
		service_close(at);
	room_done(server);
	close_fd(&server->spare_fd);
}

int
engine_ready(struct prong *server, struct prong_service *set,
    const struct prong_service *old, bool is_check, struct text *message)
{
	int rc;

	(void)loop_update_now(&server->loop);
	rc = engine_prepare(server, set, message);
	if (rc == 0)
		rc = engine_size(server, set, message);
	if (rc == 0)
		rc = engine_listen(server, set, old, is_check, message);
	for (struct prong_service *at = set; rc < 0 && at != NULL; at = at->next)
		service_close(at);
	return rc;
}

int
engine_revive(struct prong *server, struct prong_service *service)
{
	char line[512];
	struct text message = TEXT_ON(line);
	int rc = prepare_service(service, &message);

	if (rc < 0 || service->plan.image_fd < 0)
		return rc;
	return engine_load_image(server, &message);
}

void
engine_serve(struct prong *server, struct prong_service *set)
{
	if (server->spare_fd < 0)
		server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	warden_serve(server, set);
	for (struct prong_service *at = set; at != NULL; at = at->next) {
		at->is_settled = true;
		service_open_gate(at);
		engine_tell_serving(at);
	}
}
