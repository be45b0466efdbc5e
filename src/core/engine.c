#include "engine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "capacity.h"
#include "conn.h"
#include "image.h"
#include "listener.h"
#include "prepare.h"
#include "version.h"

static uint64_t
id_base(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000) << 22;
}

void
engine_tell(struct prong *server, enum event_id id, const char *service, const char *text)
{
	struct event event;

	event_begin(&event, id, service, NULL);
	event_text(&event, "text", text);
	event_send(&event, &server->sink);
}

static bool
engine_needs_image(const struct prong *server)
{
	for (const struct prong_service *at = server->services; at != NULL; at = at->next)
		if (at->plan.image_fd >= 0)
			return true;
	return false;
}

static int
engine_load_image(struct prong *server, struct text *message)
{
	int rc;

	if (!engine_needs_image(server))
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
static uint32_t
files_per_session(const struct settings *settings)
{
	return 1 + (conn_needs_client(settings) ? 1 : 0) +
	       (settings->stderr_to == STDERR_LOG ? 1 : 0);
}

static void
engine_check_files(struct prong_service *service, const struct capacity_facts *facts,
    const struct capacity_need *need)
{
	uint64_t files = capacity_files_needed(facts, need, service->gate.max);
	char line[256];
	struct text text = TEXT_ON(line);

	if (files <= facts->files)
		return;
	text_printf(&text,
	    "max: %u at once would need %llu descriptors, RLIMIT_NOFILE allows %llu: the "
	    "rest will wait; raise the limit (ulimit -n) or lower max",
	    service->gate.max, (unsigned long long)files,
	    (unsigned long long)facts->files);
	engine_tell(service->server, EVENT_WARNING, service->name, line);
}

static uint32_t
engine_size_service(
    struct prong_service *service, const struct capacity_facts *facts, uint32_t services)
{
	const struct settings *settings = &service->settings;
	struct capacity_need need = { files_per_session(settings), services };
	struct text why = TEXT_ON(service->max_from);

	service->gate = (struct gate){
		.max = settings->max,
		.max_per_source = settings->max_per_source,
		.refuses_when_full = settings->when_full == WHEN_FULL_REFUSE,
	};
	if (settings->max == 0)
		service->gate.max = capacity_default(facts, &need, &why);
	else
		text_put(&why, "as asked");
	engine_check_files(service, facts, &need);
	return service->gate.max;
}

size_t
engine_reports_size(const struct prong *server)
{
	return server->slots.capacity * sizeof(struct report);
}

static int
engine_size(struct prong *server, struct text *message)
{
	struct capacity_facts facts;
	uint32_t services = 0, total = 1;
	int rc;

	capacity_read(&facts);
	for (struct prong_service *at = server->services; at != NULL; at = at->next)
		services++;
	for (struct prong_service *at = server->services; at != NULL; at = at->next)
		total += engine_size_service(at, &facts, services);
	rc = slots_init(&server->slots, total);
	if (rc == 0)
		rc = sources_init(&server->sources, total);
	if (rc == 0)
		rc = output_init(&server->rests, total);
	if (rc == 0) {
		server->reports = mmap(NULL, engine_reports_size(server),
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (server->reports == MAP_FAILED) {
			server->reports = NULL;
			rc = -ENOMEM;
		}
	}
	if (rc < 0)
		text_printf(message, "no memory for %u sessions; lower max\n", total - 1);
	return rc;
}

/* The stages of a child, tried once: an id that cannot be had or a limit that cannot be
 * raised is an error now and not with the first client. */
static int
engine_try(struct prong_service *service, struct text *message)
{
	struct report report = { 0 };
	const char *subject;
	int rc;

	rc = spawn_trial(&service->server->nursery, &service->plan, &report);
	if (rc < 0) {
		text_printf(message, "cannot start a process: %s\n", strerror(-rc));
		return rc;
	}
	if (report.stage == STAGE_NONE)
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

static int
engine_prepare(struct prong *server, struct text *message)
{
	int rc, worst = 0;

	for (struct prong_service *at = server->services; at != NULL; at = at->next)
		if ((rc = prepare_service(at, message)) < 0)
			worst = rc;
	if (worst == 0)
		worst = engine_load_image(server, message);
	for (struct prong_service *at = server->services; worst == 0 && at != NULL;
	     at = at->next)
		worst = engine_try(at, message);
	return worst;
}

static int
engine_listen(struct prong *server, struct text *message)
{
	int rc, worst = 0;

	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		rc = service_listen(at, message);
		if (rc == 0)
			rc = prepare_check_listeners(at, message);
		if (rc < 0)
			worst = rc;
	}
	return worst;
}

static void
engine_tell_serving(struct prong_service *service)
{
	struct event event;
	struct text text;
	const char *program =
	    service->handler != NULL ? "a handler" : service->settings.program.words[0];

	event_begin(&event, EVENT_SERVING, service->name, NULL);
	text = event_open(&event);
	for (size_t i = 0; i < service->listener_count; i++) {
		text_put(&text, i == 0 ? "" : " ");
		text_put(&text, service->listeners[i].name);
	}
	event_close(&event, "listen", &text);
	event_text(&event, "program", program);
	event_number(&event, "max", service->gate.max);
	event_text(&event, "max_from", service->max_from);
	event_send(&event, &service->server->sink);
}

static void
engine_tell_root(struct prong_service *service)
{
	if (geteuid() == 0 && !service->plan.has_ids && service->handler == NULL &&
	    service->settings.program.words[0][0] != '@')
		engine_tell(service->server, EVENT_NOTE, service->name,
		    "programs run as root; --user NAME gives them less");
}

void
engine_stop(struct prong *server)
{
	for (struct prong_service *at = server->services; at != NULL; at = at->next)
		service_close(at);
	if (server->reports != NULL)
		(void)munmap(server->reports, engine_reports_size(server));
	server->reports = NULL;
	slots_done(&server->slots);
	sources_done(&server->sources);
	output_done(&server->rests);
	close_fd(&server->spare_fd);
}

int
engine_start(struct prong *server, struct text *message)
{
	int rc = engine_prepare(server, message);

	(void)loop_update_now(&server->loop);
	if (rc == 0)
		rc = engine_size(server, message);
	if (rc == 0)
		rc = engine_listen(server, message);
	if (rc < 0) {
		engine_stop(server);
		return rc;
	}
	server->id_base = id_base();
	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	server->is_started = true;
	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		service_update(at);
		engine_tell_root(at);
		engine_tell_serving(at);
	}
	return 0;
}
