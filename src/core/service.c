#include "service.h"

#include <string.h>

#include "child.h"
#include "engine.h"
#include "listener.h"

static void service_pause_over(struct timer *, msec now);
static void service_flush(struct timer *, msec now);
static void service_arm_flush(struct prong_service *);

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
	service->ledger = ledgers_get(&server->ledgers, name);
	if (*ret_rc == 0 && service->ledger == NULL)
		*ret_rc = -ENOMEM;
	if (*ret_rc < 0) {
		service_free(service);
		return NULL;
	}
	return service;
}

void
service_free(struct prong_service *service)
{
	service_close(service);
	if (service->ledger != NULL && service->ledger->serving == service)
		service->ledger->serving = NULL;
	ledgers_put(&service->server->ledgers, service->ledger);
	settings_done(&service->settings);
	setting_list_done(&service->argv);
	setting_list_done(&service->environment);
	free(service->path);
	free(service->groups);
	free(service);
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
	       !service->is_retired && !service->ledger->is_held &&
	       admit_listening(&service->ledger->gate);
}

static void
service_watch(struct prong_service *service)
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

void
service_update(struct prong_service *service)
{
	struct prong_service *serving = service->ledger->serving;

	if (serving != NULL)
		service_watch(serving);
}

void
service_open_gate(struct prong_service *service)
{
	struct ledger *ledger = service->ledger;

	ledger->serving = service;
	ledger->gate.max = service->max;
	ledger->gate.max_per_source = service->settings.max_per_source;
	ledger->gate.refuses_when_full = service->settings.when_full == WHEN_FULL_REFUSE;
	service_arm_flush(service);
	service_watch(service);
}

void
service_retire(struct prong_service *service)
{
	service->is_retired = true;
	if (service->ledger->serving == service)
		service->ledger->serving = NULL;
	service_close(service);
}

const char *
service_state(const struct prong_service *service)
{
	if (service->is_retired || service->server->is_draining)
		return "draining";
	if (service->ledger->is_held)
		return "held";
	if (service->paused_for > 0)
		return "paused";
	return service->ledger->gate.live >= service->ledger->gate.max ? "full"
								       : "listening";
}

static void
service_tell_pause(
    struct prong_service *service, enum event_id id, int error, const char *where)
{
	struct event event;
	struct text text;
	uint64_t more;
	msec more_ms;

	if (!limiter_allows(&service->ledger->failures_told, engine_now(service->server),
		&more, &more_ms))
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
	struct limiter *limiter = &service->ledger->refusals_told[refusal];
	struct event event;
	struct text source;
	uint64_t more;
	msec more_ms;

	service->ledger->refused++;
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
	event_number(&event, "live", service->ledger->gate.live);
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

/* What an earlier set of services left untold. */
static void
service_arm_flush(struct prong_service *service)
{
	struct timer *timer = &service->refusals_flush;

	for (int i = 0; i < REFUSAL_COUNT; i++) {
		msec due = limiter_due(&service->ledger->refusals_told[i]);

		if (due > 0 && (timer->due == 0 || due < timer->due))
			timer_arm(&service->server->timers, timer, due);
	}
}

/* What a flood left untold when it stopped. */
static void
service_flush(struct timer *timer, msec now)
{
	struct prong_service *service =
	    container_of(timer, struct prong_service, refusals_flush);

	for (int i = 0; i < REFUSAL_COUNT; i++) {
		uint64_t more = limiter_flush(&service->ledger->refusals_told[i], now);

		if (more > 0)
			service_tell_more(service, (enum refusal)i, more);
	}
	service_arm_flush(service);
}

void
service_flush_refusals(struct prong_service *service)
{
	for (int i = 0; i < REFUSAL_COUNT; i++) {
		struct limiter *limiter = &service->ledger->refusals_told[i];
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
