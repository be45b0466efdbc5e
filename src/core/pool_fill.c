/* Starting and ending processes that wait, between two turns of the loop. */
#include "engine.h"
#include "pool.h"

/* Orders of a turn: each is a few system calls. */
#define ORDERS_PER_TURN 8
/* An image that owes an answer for so long is stopped, or stuck, and clients wait.  What
 * is merely busy, or read from a disk again, takes a second at the worst. */
#define ORDER_MS 5000
/* Starts of a turn: each holds us up for as long as a process takes to be made. */
#define STARTS_PER_TURN 1

static uint32_t
pool_starting(const struct pool *pool)
{
	return pool->starting + (pool->is_renewing && pool->image == NULL ? 1 : 0);
}

/* Once, before the first of them: those that come later must be of the same files. */
static void
pool_note_files(struct pool *pool)
{
	const struct prong_service *service = pool->service;

	if (pool->is_noted || pool->how == START_SPARE)
		return;
	pool->is_noted = true;
	freshness_note(&pool->freshness, service->path, service->settings.program.words,
	    service->settings.dir, service->settings.root);
}

/* Where a process ahead cannot be started one for a client may be: not a failure of the
 * service. */
static void
pool_start(struct pool *pool, bool is_image)
{
	struct hold_report report = { .result = HOLD_FAILED };
	struct spare *spare = pool_record(pool);
	int rc;

	if (spare == NULL)
		return;
	pool_note_files(pool);
	rc = spare_start(spare, is_image);
	pool_count(pool, spare, is_image ? COUNTED_RENEWING : COUNTED_STARTING);
	if (rc < 0) {
		if (!pool_put_stage(pool, report.detail, sizeof(report.detail)))
			report.error = -rc;
		pool_failed(pool, spare, &report);
	} else if (spare->state == SPARE_IMAGE || spare->state == SPARE_READY) {
		pool_arrived(pool, spare);
	}
}

/* True if an order was taken. */
static bool
pool_order(struct pool *pool)
{
	struct spare *spare = pool_record(pool);
	int rc;

	if (spare == NULL)
		return false;
	rc = spare_order(spare, pool->image);
	if (rc < 0) {
		pool_give(pool, spare);
		if (pool->image->orders == 0) /* no answer will have us try again */
			pool_fail_copy(pool, rc);
		return false;
	}
	pool_count(pool, spare, COUNTED_STARTING);
	return true;
}

static bool
image_is_used_up(const struct pool *pool)
{
	const struct settings *settings = &pool->service->settings;
	msec age = engine_now(pool->service->server) - pool->image->begun;

	return pool->how == START_CLONE &&
	       (pool->image->uses >= settings->clone_uses ||
		   (settings->clone_age > 0 && age >= settings->clone_age));
}

/* A tracer that ends, or a record that becomes free, has the pool come here again. */
static bool
has_room(const struct pool *pool)
{
	const struct prong *server = pool->service->server;

	if (pool->free == NULL)
		return false;
	return pool->how == START_SPARE || server->tracers < server->tracers_most;
}

static bool
needs_image(const struct pool *pool)
{
	if (pool->is_renewing ||
	    !sizing_may_start(&pool->sizing, engine_now(pool->service->server)))
		return false;
	return pool->image == NULL || image_is_used_up(pool);
}

/* One that is used up is for clients who would wait, until the next one is there, and
 * goes on if that cannot be had. */
static bool
may_copy(const struct pool *pool)
{
	return pool->image != NULL && (!pool->is_renewing || !image_is_used_up(pool));
}

/* With an image there are copies; without, it comes first. */
static bool
fill_by_copies(struct pool *pool, uint32_t missing)
{
	uint32_t i = 0;

	if (needs_image(pool)) {
		if (!has_room(pool))
			return true;
		pool_start(pool, true);
	}
	while (may_copy(pool) && i < missing && i < ORDERS_PER_TURN && pool_order(pool))
		i++;
	return pool->image != NULL && i == ORDERS_PER_TURN;
}

static bool
fill_one_by_one(struct pool *pool, uint32_t missing)
{
	uint32_t i = 0;

	while (i < missing && i < STARTS_PER_TURN && has_room(pool)) {
		pool_start(pool, false);
		i++;
	}
	return i < missing;
}

/* Those at the end go: nearly always the oldest. */
static void
pool_end_surplus(struct pool *pool)
{
	uint32_t surplus = sizing_surplus(&pool->sizing, pool->ready);
	struct spare **at = &pool->first, *spare;

	if (surplus == 0)
		return;
	for (uint32_t i = surplus; i < pool->ready; i++)
		at = &(*at)->next;
	spare = *at;
	*at = NULL;
	pool->ready -= surplus;
	pool->service->ledger->spares.retired += surplus;
	while (spare != NULL) {
		struct spare *next = spare->next;

		pool_end_spare(pool, spare, false);
		spare = next;
	}
}

void
pool_arm(struct pool *pool, msec due)
{
	struct timer *timer = &pool->timer;

	if (due != 0 && (timer->due == 0 || due < timer->due))
		timer_arm(&pool->service->server->timers, timer, due);
}

static void
pool_time_out(struct pool *pool, struct spare *spare)
{
	struct hold_report report = { .result = HOLD_FAILED, .error = ETIMEDOUT };
	struct text detail = TEXT_ON(report.detail);

	setting_put_value(
	    &detail, settings_find("start-timeout"), &pool->service->settings);
	pool_failed(pool, spare, &report);
}

/* A program that takes too long is ended with its tracer. */
static void
pool_look_at_starts(struct pool *pool, msec now)
{
	msec timeout = pool->service->settings.start_timeout;

	for (uint32_t i = 0; i < pool->capacity; i++) {
		struct spare *spare = &pool->spares[i];

		if (spare->state != SPARE_STARTING)
			continue;
		if (now - spare->begun >= timeout)
			pool_time_out(pool, spare);
		else
			pool_arm(pool, spare->begun + timeout);
	}
}

/* Its end will have others see to those who wait. */
static void
pool_look_at_orders(struct pool *pool, msec now)
{
	if (!pool_is_owed(pool))
		return;
	for (uint32_t i = 0; i < pool->capacity; i++) {
		struct spare *spare = &pool->spares[i];

		if (spare->state != SPARE_ORDERED)
			continue;
		if (now - spare->begun >= ORDER_MS)
			spare_abandon(spare->image);
		else
			pool_arm(pool, spare->begun + ORDER_MS);
	}
}

static void
pool_fill(struct pool *pool)
{
	msec now = engine_now(pool->service->server);
	uint32_t missing;
	bool has_more = false;

	pool->is_due = false;
	engine_keep_one(pool->service->server);
	if (!pool->is_open) {
		pool_look_at_orders(pool, now);
		return;
	}
	(void)sizing_tick(&pool->sizing, now);
	pool_end_surplus(pool);
	missing = sizing_missing(&pool->sizing, pool->ready, pool_starting(pool), now);
	if (pool->how == START_WARM || pool->is_single)
		has_more = fill_one_by_one(pool, missing);
	else if (missing > 0 || pool->image != NULL)
		has_more = fill_by_copies(pool, missing);
	if (pool->service->server->tracers > 0)
		pool_look_at_starts(pool, now);
	pool_look_at_orders(pool, now);
	pool_arm(pool, sizing_due(&pool->sizing));
	if (has_more && has_room(pool))
		pool_arm(pool, now);
	pool->is_due = has_more; /* a tracer that ends lets others have their turn */
}

static void
pool_turn_all(struct prong_service *set)
{
	for (; set != NULL; set = set->next)
		if (set->pool.is_due)
			pool_fill(&set->pool);
}

void
pool_turn(struct prong *server)
{
	if (!server->is_pool_due)
		return;
	server->is_pool_due = false;
	pool_turn_all(server->services);
	pool_turn_all(server->retired);
}
