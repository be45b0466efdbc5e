#include "service.h"

#include <string.h>

#include "bind_unix.h"
#include "child.h"
#include "engine.h"
#include "listener.h"
#include "place.h"

#define DEFAULT_PORT 9999

static void service_pause_over(struct timer *, msec now);
static void service_flush(struct timer *, msec now);

static bool
is_service_name(const char *name)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-_.@";
	size_t length = strlen(name);

	return length > 0 && length < sizeof(((struct prong_service *)NULL)->name) &&
	       strspn(name, allowed) == length;
}

struct prong_service *
service_new(struct prong *server, const char *name, int *ret_rc)
{
	struct prong_service *service;

	*ret_rc = -EINVAL;
	if (!is_service_name(name))
		return NULL;
	*ret_rc = -ENOMEM;
	service = calloc(1, sizeof(*service));
	if (service == NULL)
		return NULL;
	service->server = server;
	service->pause.fire = service_pause_over;
	service->refusals_flush.fire = service_flush;
	memcpy(service->name, name, strlen(name) + 1);
	*ret_rc = settings_init(&service->settings);
	if (*ret_rc < 0) {
		free(service);
		return NULL;
	}
	return service;
}

void
service_free(struct prong_service *service)
{
	service_close(service);
	settings_done(&service->settings);
	setting_list_done(&service->argv);
	setting_list_done(&service->environment);
	free(service->path);
	free(service->groups);
	free(service);
}

static int
service_add_listeners(struct prong_service *service, const struct bound *bound, int count)
{
	size_t total = service->listener_count + (size_t)count;
	struct listener *more =
	    reallocarray(service->listeners, total, sizeof(*service->listeners));

	if (more == NULL)
		return -ENOMEM;
	service->listeners = more;
	for (int i = 0; i < count; i++)
		listener_init(&more[service->listener_count++], service, &bound[i]);
	return 0;
}

static int
service_listen_on(
    struct prong_service *service, const struct place *place, struct text *message)
{
	struct bound bound[BOUND_PER_PLACE];
	int rc, count = bind_open(place, &service->settings, bound, message);

	if (count < 0)
		return count;
	rc = service_add_listeners(service, bound, count);
	for (int i = 0; rc < 0 && i < count; i++) {
		close_fd(&bound[i].fd);
		bind_remove(&bound[i]);
	}
	return rc;
}

/* Every word is tried, so that all mistakes are told at once. */
int
service_listen(struct prong_service *service, struct text *message)
{
	const struct setting_list *words = &service->settings.listen;
	struct place place = { .kind = PLACE_LOOPBACK, .port = DEFAULT_PORT };
	int rc, worst = 0;

	if (words->count == 0)
		return service_listen_on(service, &place, message);
	for (size_t i = 0; i < words->count; i++) {
		rc = place_parse(words->words[i], &place, message);
		if (rc == 0)
			rc = service_listen_on(service, &place, message);
		if (rc < 0) {
			text_put_char(message, '\n');
			worst = rc;
		}
	}
	return worst;
}

void
service_close(struct prong_service *service)
{
	for (size_t i = 0; i < service->listener_count; i++)
		listener_close(&service->listeners[i]);
	free(service->listeners);
	service->listeners = NULL;
	service->listener_count = 0;
	service->is_armed = false;
	timer_disarm(&service->server->timers, &service->pause);
	timer_disarm(&service->server->timers, &service->refusals_flush);
	service->paused_for = 0;
}

static bool
service_may_accept(const struct prong_service *service)
{
	return !service->server->is_draining && service->paused_for == 0 &&
	       admit_listening(&service->gate);
}

void
service_update(struct prong_service *service)
{
	bool is_wanted = service_may_accept(service);
	int rc = 0;

	if (is_wanted == service->is_armed)
		return;
	service->is_armed = is_wanted;
	for (size_t i = 0; i < service->listener_count && rc == 0; i++) {
		if (is_wanted)
			rc = listener_arm(&service->listeners[i]);
		else
			listener_disarm(&service->listeners[i]);
	}
	if (rc < 0)
		service_pause(service, EVENT_ACCEPT_FAILED, -rc, "the epoll set");
}

static void
service_tell_pause(
    struct prong_service *service, enum event_id id, int error, const char *where)
{
	struct event event;
	struct text text;
	uint64_t more;
	msec more_ms;

	if (!limiter_allows(
		&service->failures_told, engine_now(service->server), &more, &more_ms))
		return;
	event_begin(&event, id, service->name, NULL);
	if (where != NULL)
		event_text(&event, "listen", where);
	text = event_open(&event);
	text_printf(&text, "%s (%s)", strerror(error), strerrorname_np(error));
	event_close(&event, "error", &text);
	event_number(&event, "pause_ms", service->paused_for);
	if (more > 0)
		event_number(&event, "more", (int64_t)more);
	event_send(&event, &service->server->sink);
	service->is_failure_told = true;
}

void
service_pause(
    struct prong_service *service, enum event_id id, int error, const char *where)
{
	struct prong *server = service->server;

	service->failures++;
	if (service->paused_for > 0)
		return;
	service->paused_for = admit_pause(service->failures);
	timer_arm(
	    &server->timers, &service->pause, engine_now(server) + service->paused_for);
	service_tell_pause(service, id, error, where);
	service_update(service);
}

static void
service_pause_over(struct timer *timer, msec now)
{
	struct prong_service *service = container_of(timer, struct prong_service, pause);

	(void)now;
	service->paused_for = 0;
	service_update(service);
}

void
service_recovered(struct prong_service *service)
{
	struct event event;
	uint32_t failures = service->failures;

	service->failures = 0;
	if (!service->is_failure_told)
		return;
	service->is_failure_told = false;
	event_begin(&event, EVENT_RESUMED, service->name, NULL);
	event_number(&event, "failures", failures);
	event_send(&event, &service->server->sink);
}

static const char *
refusal_name(enum refusal refusal)
{
	static const char *const names[REFUSAL_COUNT] = {
		[REFUSAL_SERVICE_FULL] = "service-full",
		[REFUSAL_SOURCE_FULL] = "source-full",
		[REFUSAL_NO_DESCRIPTORS] = "no-descriptors",
	};

	return names[refusal];
}

void
service_refused(struct prong_service *service, enum refusal refusal,
    const struct addr *peer, const char *why)
{
	struct prong *server = service->server;
	struct limiter *limiter = &service->refusals_told[refusal];
	struct event event;
	struct text source;
	uint64_t more;
	msec more_ms;

	service->refused++;
	if (!limiter_allows(limiter, engine_now(server), &more, &more_ms)) {
		if (service->refusals_flush.due == 0)
			timer_arm(&server->timers, &service->refusals_flush,
			    limiter_due(limiter));
		return;
	}
	event_begin(&event, EVENT_REFUSED, service->name, NULL);
	source = event_open(&event);
	addr_put(&source, peer);
	event_close(&event, "source", &source);
	event_text(&event, "reason", refusal_name(refusal));
	event_text(&event, "why", why);
	event_number(&event, "live", service->gate.live);
	if (more > 0) {
		event_number(&event, "more", (int64_t)more);
		event_number(&event, "more_ms", more_ms);
	}
	event_send(&event, &server->sink);
}

static void
service_tell_more(struct prong_service *service, enum refusal refusal, uint64_t more)
{
	struct event event;

	event_begin(&event, EVENT_REFUSED_MORE, service->name, NULL);
	event_text(&event, "reason", refusal_name(refusal));
	event_number(&event, "more", (int64_t)more);
	event_number(&event, "more_ms", LIMITER_WINDOW_MS);
	event_send(&event, &service->server->sink);
}

/* What a flood left untold when it stopped. */
static void
service_flush(struct timer *timer, msec now)
{
	struct prong_service *service =
	    container_of(timer, struct prong_service, refusals_flush);
	struct prong *server = service->server;

	for (int i = 0; i < REFUSAL_COUNT; i++) {
		uint64_t more = limiter_flush(&service->refusals_told[i], now);
		msec due = limiter_due(&service->refusals_told[i]);

		if (more > 0)
			service_tell_more(service, (enum refusal)i, more);
		if (due > 0 && (timer->due == 0 || due < timer->due))
			timer_arm(&server->timers, timer, due);
	}
}

void
service_flush_refusals(struct prong_service *service)
{
	for (int i = 0; i < REFUSAL_COUNT; i++) {
		struct limiter *limiter = &service->refusals_told[i];
		uint64_t more = limiter_flush(limiter, limiter_due(limiter));

		if (more > 0)
			service_tell_more(service, (enum refusal)i, more);
	}
}

const char *
service_stage_subject(const struct prong_service *service, int stage)
{
	const struct settings *settings = &service->settings;

	switch (stage) {
	case STAGE_USER:
		return settings->user != NULL ? settings->user : settings->group;
	case STAGE_DIRECTORY:
		return settings->dir;
	case STAGE_PROGRAM:
		return service->path;
	default:
		return NULL;
	}
}
