#include "service.h"

#include <string.h>

#include "engine.h"
#include "listener.h"
#include "prepare_isolation.h"
#include "turn.h"

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
	service->pool.service = service;
	service->isolation.plan.user_fd = service->isolation.plan.network_fd = -1;
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
	pool_close(&service->pool, true);
	pool_done(&service->pool);
	cells_done(&service->cells);
	if (service->ledger != NULL && service->ledger->serving == service)
		service->ledger->serving = NULL;
	if (service->ledger != NULL && service->ledger->users == 1 &&
	    service->server->sources.capacity > 0)
		memory_done(&service->server->sources, &service->ledger->memory);
	if (service->base != NULL)
		service->base->variant_count--;
	door_done(service);
	alarms_forget(service);
	isolation_done(service);
	own_ids_put(&service->server->own_ids, service->own_range);
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
	pool_close(&service->pool, false);
	cells_close(&service->cells);
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
	struct ledger *ledger = service->ledger;

	if (!TAILQ_EMPTY(&ledger->ready))
		turn_serve(service->server, ledger);
	if (ledger->serving != NULL)
		service_watch(ledger->serving);
}

static void
gate_set(struct gate *gate, const struct prong_service *service)
{
	const struct settings *settings = &service->settings;

	gate->max = service->max;
	gate->max_per_source = settings->max_per_source;
	gate->refuses_when_full = settings->when_full == WHEN_FULL_REFUSE;
	gate->reserve = settings->reserve;
	gate->drop = settings->early_drop;
	gate->rate = settings->rate;
	gate->rate_wait = settings->rate_wait;
	gate->stress = settings->stress;
}

void
service_open_gate(struct prong_service *service)
{
	struct ledger *ledger = service->ledger;
	const struct settings *settings = &service->settings;
	const struct penalty_limits limits = { settings->penalty_min,
		settings->penalty_max, settings->penalty_decay };

	ledger->serving = service;
	gate_set(&ledger->gate, service);
	memory_limit(&service->server->sources, &ledger->memory,
	    door_remembers(service) ? settings->sources_max : 0,
	    settings->sources_full == SOURCES_FULL_REFUSE, &limits);
	service_arm_flush(service);
	service_watch(service);
	pool_open(&service->pool);
	cells_open(&service->cells);
}

void
service_retire(struct prong_service *service)
{
	service->is_retired = true;
	if (service->ledger->serving == service)
		service->ledger->serving = NULL;
	service_close(service);
	cgroups_retire(service);
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
	text_printf(&text, "%s (%s)", text_errno(error), strerrorname_np(error));
	event_close(&event, "error", &text);
	event_number(&event, "pause_ms", service->paused_for);
	if (more > 0)
		event_number(&event, "more", (int64_t)more);
	event_send(&event, &service->server->sink);
	service->is_failure_told = true;
}

/* A variant has no listeners: what it lacks its base lacks as well. */
static struct prong_service *
family(struct prong_service *service)
{
	return service->base != NULL ? service->base : service;
}

void
service_pause(
    struct prong_service *service, enum event_id id, int error, const char *where)
{
	struct prong *server = service->server;

	service = family(service);
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
	uint32_t failures;

	service = family(service);
	failures = service->failures;
	service->failures = 0;
	if (!service->is_failure_told)
		return;
	service->is_failure_told = false;
	event_begin(&event, EVENT_RESUMED, service->name, NULL);
	event_number(&event, "failures", failures);
	event_send(&event, &service->server->sink);
}

static void
put_addr(struct event *event, const char *key, const struct addr *addr)
{
	struct text text = event_open(event);

	addr_put(&text, addr);
	event_close(event, key, &text);
}

void
service_feel_stress(struct prong_service *service)
{
	struct gate *gate = &service->ledger->gate;
	struct event event;

	if (!admit_stress(gate))
		return;
	event_begin(&event, gate->is_stressed ? EVENT_STRESS : EVENT_RELAXED,
	    service->name, NULL);
	event_number(&event, "live", gate->live);
	event_number(&event, "max", gate->max);
	if (gate->is_stressed)
		event_number(&event, "left", gate->stress.left);
	event_send(&event, &service->server->sink);
}

/* The one of the name that serves; if none does, none is as good as another. */
static struct prong_service *
who_lives_on(struct prong_service *service)
{
	struct prong_service *serving = service->ledger->serving;

	return serving != NULL ? serving : service;
}

void
service_refused(struct prong_service *service, enum refusal refusal,
    const struct addr *peer, const struct conn *conn, const char *why)
{
	struct prong *server = service->server;
	struct limiter *limiter = &service->ledger->refusals_told[refusal];
	struct event event;
	uint64_t more;
	msec more_ms;

	service->ledger->refused++;
	service->ledger->refusals[refusal]++;
	if (!limiter_allows(limiter, engine_now(server), &more, &more_ms)) {
		struct timer *flush = &who_lives_on(service)->refusals_flush;

		if (flush->due == 0)
			timer_arm(&server->timers, flush, limiter_due(limiter));
		return;
	}
	event_begin(&event, EVENT_REFUSED, service->name, conn == NULL ? NULL : conn->id);
	put_addr(&event, "source", peer);
	if (conn != NULL && conn->introduction != NULL)
		put_addr(&event, "proxy", &conn->introduction->proxy);
	event_text(&event, "reason", refusal_name(refusal));
	event_text(&event, "why", why);
	event_number(&event, "live", service->ledger->gate.live);
	if (conn != NULL && conn_waited(conn) > 0)
		event_number(&event, "waited_ms", conn_waited(conn));
	if (more > 0) {
		event_number(&event, "more", (int64_t)more);
		event_number(&event, "more_ms", more_ms);
	}
	event_send(&event, &server->sink);
}

/* What had no line until `at`, if there is anything. */
static void
service_tell_more(struct prong_service *service, enum refusal refusal, msec at)
{
	struct limiter *limiter = &service->ledger->refusals_told[refusal];
	msec since = limiter->since;
	uint64_t more = limiter_flush(limiter, at);
	struct event event;

	if (more == 0)
		return;
	event_begin(&event, EVENT_REFUSED_MORE, service->name, NULL);
	event_text(&event, "reason", refusal_name(refusal));
	event_number(&event, "more", (int64_t)more);
	event_number(&event, "more_ms", engine_now(service->server) - since);
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

	for (int i = 0; i < REFUSAL_COUNT; i++)
		service_tell_more(service, (enum refusal)i, now);
	service_arm_flush(service);
}

void
service_flush_refusals(struct prong_service *service)
{
	for (int i = 0; i < REFUSAL_COUNT; i++)
		service_tell_more(service, (enum refusal)i,
		    limiter_due(&service->ledger->refusals_told[i]));
}
