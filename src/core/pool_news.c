/* What becomes of those that were started or ordered, as their watches tell it. */
#include <poll.h>
#include <stdio.h>

#include "engine.h"
#include "pass.h"
#include "patience.h"
#include "pool.h"
#include "start.h"

#define BEGIN_WAIT_MS 200

static void
pool_become_warm(struct pool *pool)
{
	struct text reason = TEXT_ON(pool->reason);
	const struct hold_report held = { .result = HOLD_HELD };

	pool->how = START_WARM;
	pool_count_reason(pool, &held);
	if (pool->image != NULL)
		pool_end_spare(pool, pool->image, false);
	text_put(&reason, "it cannot be copied: ");
	text_put(&reason, pool->held.copy_refusal);
	pool_tell_failed(pool, 0);
}

static void
pool_arrived_image(struct pool *pool, struct spare *spare)
{
	struct spare *old = pool->image;

	pool->image = spare;
	if (old != NULL)
		pool_end_spare(pool, old, false);
}

void
pool_arrived(struct pool *pool, struct spare *spare)
{
	pool_uncount(pool, spare);
	if (spare->state == SPARE_IMAGE) {
		pool_arrived_image(pool, spare);
		pool_touch(pool);
		return;
	}
	if (spare->is_image)
		pool_become_warm(pool);
	pool_push(pool, spare);
	sizing_arrived(&pool->sizing);
	if (pool->how == (enum start_how)pool->service->settings.start)
		pool->reason[0] = '\0'; /* of failures before */
	pool_tell_ready(pool, spare);
	pool_touch(pool);
}

void
pool_fail(struct pool *pool, const struct hold_report *report)
{
	struct text reason = TEXT_ON(pool->reason);
	uint32_t before = pool->sizing.failures;
	bool had_given_up = pool->sizing.has_given_up, is_final;
	msec pause;

	pool->reason[0] = '\0';
	pool_count_reason(pool, report);
	is_final = pool_reason(report, &reason);
	pause = sizing_failed(&pool->sizing, is_final, engine_now(pool->service->server));
	/* Not of each that fails in the same pause, or after the last word. */
	if (pool->sizing.failures != before || (is_final && !had_given_up))
		pool_tell_failed(pool, pause);
	pool_touch(pool);
}

void
pool_fail_copy(struct pool *pool, int rc)
{
	struct hold_report report = {
		.result = HOLD_FAILED, .error = -rc, .detail = "copying it"
	};

	pool_fail(pool, &report);
}

void
pool_failed(struct pool *pool, struct spare *spare, const struct hold_report *report)
{
	pool->service->ledger->spares.failed++;
	spare_end_errors(spare);
	pool_end_spare(pool, spare, false);
	pool_fail(pool, report);
}

/* One that has ended may have begun to answer, and so may one whose number the image has
 * not told any more: there is none if nobody has the other end of its channel. */
static bool
has_begun(const struct spare *spare)
{
	short end = patience_wait(spare->channel, POLLIN, BEGIN_WAIT_MS);
	int error;

	switch (pass_outcome(spare->channel, &error)) {
	case PASS_TAKEN:
		return true;
	case PASS_FAILED:
		return false;
	case PASS_LOST:
		break;
	}
	return (end & POLLHUP) == 0;
}

/* A copy that will not come: another way for the client who waits for it, but nobody may
 * begin again. */
static void
pool_bereave(struct pool *pool, struct spare *spare)
{
	struct conn *conn = spare->conn;
	bool is_served = conn != NULL && has_begun(spare);

	pool_end_spare(pool, spare, false);
	if (spare->state == SPARE_ORDERED)
		pool_give(pool, spare);
	if (is_served)
		start_cut(conn);
	else if (conn != NULL)
		start_bereft(conn);
}

void
pool_lost(struct pool *pool, struct spare *spare, const struct ending *ending)
{
	struct hold_report report = { .result = HOLD_FAILED };
	bool was_image = spare->state == SPARE_IMAGE;

	if (!pool_put_stage(pool, report.detail, sizeof(report.detail)))
		pool_put_ending(ending, was_image, report.detail, sizeof(report.detail));
	for (uint32_t i = 0; was_image && i < pool->capacity; i++)
		if (pool->spares[i].state == SPARE_ORDERED &&
		    pool->spares[i].image == spare)
			pool_bereave(pool, &pool->spares[i]);
	spare->orders = 0;
	pool_end_spare(pool, spare, false);
	pool->service->ledger->spares.lost++;
	if (pool->is_open)
		pool_fail(pool, &report);
}

void
pool_gone(struct pool *pool, struct spare *spare)
{
	pool_give(pool, spare);
	if (pool->is_open)
		pool_touch(pool);
}

static void
pool_not_copied(struct pool *pool, struct spare *spare, int rc)
{
	pool->service->ledger->spares.failed++;
	pool_bereave(pool, spare);
	if (pool->is_open)
		pool_fail_copy(pool, rc);
}

/* The copy that was ordered with that number is there, or cannot be made. */
static void
pool_answer(struct pool *pool, struct spare *spare, int value)
{
	struct conn *conn = spare->conn;
	int rc = value < 0 ? value : spare_arrive(spare, value);

	if (spare->is_unwanted && rc < 0) {
		pool_give(pool, spare);
	} else if (spare->is_unwanted) {
		pool_end_spare(pool, spare, false);
	} else if (rc < 0) {
		pool_not_copied(pool, spare, rc);
	} else if (conn != NULL) {
		spare_adopt(spare, conn);
		pool_give(pool, spare);
		start_born(conn);
	} else {
		pool_arrived(pool, spare);
	}
}

/* One answer; false: there is none now. */
static bool
pool_read_answer(struct pool *pool, struct spare *image, bool *ret_is_over)
{
	struct warm_answer answer;
	struct spare *spare;

	if (!pass_answer(image->channel, &answer, ret_is_over))
		return false;
	spare = &pool->spares[answer.number % pool->capacity];
	if (answer.kind != WARM_COPIED || spare->state != SPARE_ORDERED ||
	    spare->image != image)
		return true;
	image->orders--;
	pool_answer(pool, spare, answer.value);
	return true;
}

void
pool_answers(struct pool *pool, struct spare *image)
{
	bool is_over = false;

	while (pool_read_answer(pool, image, &is_over) && image->orders > 0)
		;
	if (is_over) /* its end is told by its pidfd */
		loop_remove(&pool->service->server->loop, &image->answers);
	else if (image->is_unwanted && image->orders == 0)
		pool_end_spare(pool, image, false);
}
