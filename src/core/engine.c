#include "engine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

#include "conn.h"
#include "image.h"
#include "isolation_tell.h"
#include "listener.h"
#include "open.h"
#include "prepare.h"
#include "prepare_isolation.h"
#include "prepare_preset.h"
#include "room.h"
#include "trial.h"
#include "variant.h"
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

int
engine_fail_word(struct prong *server, int rc, const char *word, const char *why)
{
	struct text error = TEXT_ON(server->error);

	text_put_char(&error, '\'');
	text_put_quoted(&error, word, strlen(word));
	text_put(&error, "' ");
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
		(void)engine_fail(server, rc, text_errno(-rc));
}

static bool
engine_needs_image(const struct prong_service *set)
{
	for (const struct prong_service *at = set; at != NULL; at = at->next)
		if (at->plan.image_fd >= 0 || at->settings.start != START_FRESH ||
		    cells_are_wanted(at))
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
		    text_errno(-rc));
	return rc;
}

/* What is wrong with the user of a service is wrong with that of its variants as well. */
static bool
engine_has_said(const struct text *message, const char *line)
{
	size_t length = strlen(line);

	for (const char *at = strstr(message->at, line); at != NULL;
	     at = strstr(at + 1, line))
		if (at[length] == '\n')
			return true;
	return false;
}

/* What is wrong with one of several services begins with its name. */
static void
engine_put_lines(
    struct text *message, const struct prong_service *service, char *lines, bool is_alone)
{
	const char *name = service->name;
	char *line;

	while ((line = strsep(&lines, "\n")) != NULL) {
		size_t length = strlen(name);

		if (line[0] == '\0' ||
		    (service->base != NULL && engine_has_said(message, line)))
			continue;
		if (!is_alone &&
		    (strncmp(line, name, length) != 0 || line[length] != ':'))
			text_printf(message, "%s: ", name);
		text_printf(message, "%s\n", line);
	}
}

/* A set of one service, with its variants. */
static bool
engine_is_alone(const struct prong_service *set)
{
	return service_next(set) == NULL;
}

/* Does one thing with each service, so that all mistakes are told at once. */
static int
engine_each(struct prong_service *set,
    int (*what)(struct prong_service *, struct text *message), struct text *message)
{
	int rc, worst = 0;

	for (struct prong_service *at = set; at != NULL; at = at->next) {
		char lines[8192] = "";
		struct text own = TEXT_ON(lines);

		rc = what(at, &own);
		if (rc < 0)
			worst = rc;
		engine_put_lines(message, at, lines, engine_is_alone(set));
	}
	return worst;
}

int
engine_prepare(struct prong *server, struct prong_service *set, struct text *message)
{
	int rc;

	server->ignored_signals = prepare_ignored_signals();
	rc = engine_each(set, prepare_service, message);
	if (rc == 0 && engine_needs_image(set))
		rc = engine_load_image(server, message);
	return rc < 0 ? rc : engine_each(set, trial_run, message);
}

static int
engine_open(struct prong_service *service, struct text *message)
{
	int rc;

	if (service->base != NULL)
		return 0;
	rc = open_service(service, service->server->pool, message);
	return rc < 0 ? rc : prepare_check_listeners(service, message);
}

static int
engine_listen_one(struct prong_service *service, struct text *message)
{
	return open_listen(service, service->server->pool, message);
}

/* After the sockets, whose addresses a program may ask for while it starts. */
static int
engine_ahead(struct prong_service *service, struct text *message)
{
	int rc;

	prepare_preset_limits(service);
	rc = prepare_cgroup_open(service, false, message);
	if (rc < 0)
		return rc;
	rc = service->is_asker ? 0 : pool_init(service);
	if (rc == 0)
		rc = cells_init(service, engine_cells_needed(service));
	if (rc < 0)
		text_put(
		    message, "no memory for what is started ahead; lower spares-max\n");
	return rc;
}

static int
engine_check_ahead(struct prong_service *service, struct text *message)
{
	return prepare_cgroup_open(service, true, message);
}

/* Whoever only checks may be elsewhere than the one who will serve: it is noted as
 * missing, and no mistake. */
int
engine_doubt_ahead(struct prong_service *set)
{
	char line[512];

	for (struct prong_service *at = set; at != NULL; at = at->next) {
		struct text nobody = TEXT_ON(line);

		if (prepare_cgroup_open(at, true, &nobody) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
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
bool
engine_is_told(uint64_t *told, const struct event *event)
{
	char line[2048];
	uint64_t sum = 0xcbf29ce484222325;
	size_t length = prong_event_text(&event->told, line, sizeof(line));
	bool is_told;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)line[i]) * 0x100000001b3;
	is_told = *told == sum;
	*told = sum;
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
	return geteuid() == 0 && !service->plan.has_ids && service->own_range == NULL &&
	       service->handler == NULL && service->settings.program.words[0][0] != '@';
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
	if (engine_is_told(&service->ledger->told, &event))
		return;
	if (engine_runs_as_root(service))
		engine_tell(service->server, EVENT_NOTE, service->name,
		    "programs run as root; 'user' gives them less");
	event_send(&event, &service->server->sink);
}

/* xorshift64*: good enough, as its begin is the kernel's secret. */
uint32_t
engine_chance(struct prong *server)
{
	uint64_t x = server->chance;

	if (x == 0 && (getrandom(&x, sizeof(x), GRND_NONBLOCK) < 0 || x == 0))
		x = (uint64_t)getpid() << 32 | (uint32_t)engine_now(server);
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	server->chance = x;
	return (uint32_t)((x * 0x2545f4914f6cdd1d) >> 32);
}

void
engine_stop(struct prong *server)
{
	for (struct prong_service *at = server->services; at != NULL; at = at->next)
		service_close(at);
	for (struct prong_service *at = server->retired; at != NULL; at = at->next)
		service_close(at);
	room_done(server); /* from here on no timer may be armed */
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
	if (rc == 0 && !is_check)
		rc = engine_each(set, engine_ahead, message);
	else if (rc == 0 && server->is_thawed) /* where it would serve */
		rc = engine_each(set, engine_check_ahead, message);
	else if (rc == 0)
		rc = engine_doubt_ahead(set);
	for (struct prong_service *at = set; rc < 0 && at != NULL; at = at->next)
		service_close(at);
	return rc;
}

void
engine_keep_one(struct prong *server)
{
	if (server->spare_fd < 0)
		server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void
engine_serve(struct prong *server, struct prong_service *set)
{
	engine_keep_one(server);
	warden_serve(server, set);
	for (struct prong_service *at = set; at != NULL; at = at->next) {
		at->is_settled = true;
		if (at->base != NULL) {
			if (!at->is_asker)
				pool_open(&at->pool);
			cells_open(&at->cells);
			continue;
		}
		service_open_gate(at);
		engine_tell_serving(at);
		isolation_tell(at);
	}
}

/* What is done after the descriptors of a turn; and that nothing is left to do must be
 * said too. */
static bool
engine_is_due(const struct prong *server)
{
	return server->is_pool_due || server->are_cells_due || server->is_sweep_due ||
	       (server->is_draining && !server->is_drained_told &&
		   server->slots.live == 0);
}

void
engine_wake(struct prong *server)
{
	if (engine_is_due(server))
		timer_arm(&server->timers, &server->wake, 1);
}

void
engine_woken(struct timer *timer, msec now)
{
	(void)timer;
	(void)now;
}
