#include "pool.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "conn.h"
#include "engine.h"
#include "patience.h"
#include "prepare_spare.h"

/* Beside those that wait: images, ordered ones, and those that are ending. */
#define RECORDS_MORE 16
#define SETTLE_MS 2000

static void pool_fire(struct timer *, msec now);

static int
pool_records(struct pool *pool, uint32_t capacity)
{
	pool->spares = calloc(capacity, sizeof(*pool->spares));
	if (pool->spares == NULL)
		return -ENOMEM;
	pool->capacity = capacity;
	for (uint32_t i = capacity; i-- > 0;) {
		pool->spares[i] =
		    (struct spare){ .pool = pool, .next = pool->free, .pidfd = -1 };
		pool->free = &pool->spares[i];
	}
	return 0;
}

/* A handler's child does not share our memory, so its failed stage needs a place of its
 * own. */
static int
pool_report_new(struct pool *pool)
{
	void *page;

	pool->report = &pool->own_report;
	if (pool->service->handler == NULL)
		return 0;
	page = mmap(NULL, sizeof(*pool->report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -ENOMEM;
	pool->report = page;
	return 0;
}

/* What asks for less than was asked for. */
static void
pool_say_how(struct pool *pool)
{
	struct text reason = TEXT_ON(pool->reason);

	if (pool->how == START_WARM && pool->service->settings.start == START_CLONE)
		engine_tell(pool->service->server, EVENT_NOTE, pool->service->name,
		    "start: copies of one process would share its user or its namespaces: "
		    "'warm' is used, which starts each by itself");
	if (pool->how != (enum start_how)pool->service->settings.start)
		text_put(&reason,
		    pool->how == START_WARM
			? "copies would share one user, cgroup or set of namespaces"
		    : pool->service->settings.pty != PTY_NO
			? "behind a terminal of its own (pty) a program cannot be held"
			: "built-ins and handlers have nothing to start, so it is the same");
}

int
pool_init(struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	struct pool *pool = &service->pool;
	int rc;

	pool_done(pool);
	*pool = (struct pool){ .service = service,
		.timer = { .fire = pool_fire },
		.how = prepare_spare_how(service) };
	if (pool->how == START_FRESH)
		return 0;
	pool_say_how(pool);
	pool->is_single = prepare_spare_is_single(service);
	sizing_init(&pool->sizing, settings->spares_min, settings->spares_max);
	rc = pool_records(pool, 2 * pool->sizing.max + RECORDS_MORE);
	if (rc == 0)
		rc = pool_report_new(pool);
	return rc < 0 ? rc : prepare_spare(pool);
}

void
pool_done(struct pool *pool)
{
	if (pool->service == NULL)
		return;
	timer_disarm(&pool->service->server->timers, &pool->timer);
	if (pool->report != NULL && pool->report != &pool->own_report)
		(void)munmap(pool->report, sizeof(*pool->report));
	pool->report = NULL;
	free(pool->spares);
	pool->spares = NULL;
	setting_list_done(&pool->argv);
	setting_list_done(&pool->environment);
}

void
pool_touch(struct pool *pool)
{
	pool->is_due = true;
	pool->service->server->is_pool_due = true;
}

static void
pool_fire(struct timer *timer, msec now)
{
	(void)now;
	pool_touch(container_of(timer, struct pool, timer));
}

void
pool_open(struct pool *pool)
{
	if (pool->how == START_FRESH)
		return;
	pool->is_open = true;
	timer_arm(&pool->service->server->timers, &pool->timer,
	    engine_now(pool->service->server));
}

void
pool_count(struct pool *pool, struct spare *spare, enum spare_counted as)
{
	spare->counted = as;
	if (as == COUNTED_STARTING)
		pool->starting++;
	else if (as == COUNTED_RENEWING)
		pool->is_renewing = true;
}

void
pool_uncount(struct pool *pool, struct spare *spare)
{
	if (spare->counted == COUNTED_STARTING)
		pool->starting--;
	else if (spare->counted == COUNTED_RENEWING)
		pool->is_renewing = false;
	spare->counted = COUNTED_NOT;
}

struct spare *
pool_record(struct pool *pool)
{
	struct spare *spare = pool->free;

	if (spare == NULL)
		return NULL;
	pool->free = spare->next;
	pool->used++;
	return spare;
}

void
pool_give(struct pool *pool, struct spare *spare)
{
	spare->state = SPARE_FREE;
	confine_release(pool->service, &spare->confinement);
	spare->next = pool->free;
	pool->free = spare;
	pool->used--;
	if (pool->service->is_retired)
		pool->service->server->is_sweep_due = true;
}

/* What came last has most of its memory in the caches, but had the least time to
 * prepare. */
void
pool_push(struct pool *pool, struct spare *spare)
{
	struct spare **at = &pool->first;

	while (pool->service->prepare != NULL && *at != NULL)
		at = &(*at)->next;
	spare->next = *at;
	*at = spare;
	pool->ready++;
}

struct spare *
pool_pop(struct pool *pool)
{
	struct spare *spare = pool->first;

	if (spare == NULL)
		return NULL;
	pool->first = spare->next;
	pool->ready--;
	return spare;
}

static void
pool_unlink(struct pool *pool, const struct spare *spare)
{
	struct spare **at = &pool->first;

	while (*at != NULL && *at != spare)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = spare->next;
	pool->ready--;
}

/* An image goes when everything it was asked for is answered: copies that nobody knows of
 * could not be reaped. */
void
pool_end_spare(struct pool *pool, struct spare *spare, bool is_last)
{
	pool_uncount(pool, spare);
	if (spare->state == SPARE_READY)
		pool_unlink(pool, spare);
	if (spare == pool->image)
		pool->image = NULL;
	if (spare->state == SPARE_IMAGE && spare->orders > 0 && !is_last) {
		spare->is_unwanted = true;
		return;
	}
	if (spare_leave(spare, is_last))
		pool_give(pool, spare);
}

/* What was ordered for a client still comes, but in a forked child of the host. */
static void
pool_end_all(struct pool *pool, bool is_last)
{
	for (uint32_t i = 0; i < pool->capacity; i++) {
		struct spare *spare = &pool->spares[i];
		bool is_leaving = spare->state == SPARE_LEAVING && !is_last;

		if (spare->state != SPARE_FREE && !is_leaving &&
		    (spare->conn == NULL || is_last))
			pool_end_spare(pool, spare, is_last);
	}
}

void
pool_end_starting(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->capacity; i++)
		if (pool->spares[i].state == SPARE_STARTING)
			pool_end_spare(pool, &pool->spares[i], false);
}

void
pool_restart(struct pool *pool)
{
	pool_end_all(pool, false);
	pool_touch(pool);
}

void
pool_close(struct pool *pool, bool is_last)
{
	bool is_ours = pool->service->server->owner == getpid();

	if (pool->spares == NULL)
		return;
	pool->is_open = false;
	timer_disarm(&pool->service->server->timers, &pool->timer);
	if (is_last && is_ours)
		pool_settle(pool);
	pool_end_all(pool, is_last);
	if (is_ours && pool_is_owed(pool)) /* by one that may be stuck */
		pool_arm(pool, engine_now(pool->service->server));
}

bool
pool_is_empty(const struct pool *pool)
{
	return pool->used == 0;
}

bool
pool_has(const struct pool *pool, pid_t pid)
{
	for (uint32_t i = 0; i < pool->capacity; i++)
		if (pool->spares[i].state != SPARE_FREE &&
		    (pool->spares[i].pid == pid || pool->spares[i].tracer.pid == pid))
			return true;
	return false;
}

static struct spare *
pool_owing(const struct pool *pool)
{
	for (uint32_t i = 0; i < pool->capacity; i++)
		if (pool->spares[i].state == SPARE_IMAGE && pool->spares[i].orders > 0)
			return &pool->spares[i];
	return NULL;
}

bool
pool_is_owed(const struct pool *pool)
{
	return pool_owing(pool) != NULL;
}

/* Its end shows which of its copies there are. */
static void
settle_stuck(struct pool *pool, struct spare *image)
{
	spare_abandon(image);
	(void)patience_wait(image->pidfd, POLLIN, SETTLE_MS);
	pool_answers(pool, image);
	if (image->state == SPARE_IMAGE && image->orders > 0)
		pool_lost(pool, image, NULL);
}

void
pool_settle(struct pool *pool)
{
	struct spare *image;

	while ((image = pool_owing(pool)) != NULL) {
		uint32_t before = image->orders;

		if (patience_wait(image->channel, POLLIN, SETTLE_MS) != 0)
			pool_answers(pool, image);
		if (image->state == SPARE_IMAGE && image->orders == before)
			settle_stuck(pool, image);
	}
}
