/*
 * How many processes wait, started ahead: a pool of no processes under the loads it is
 * meant for.
 */
#include "unit.h"

#include "sizing.h"

#define POOL_SLOWEST 4096

/* Processes that need `start_ms` to arrive; a step is a millisecond. */
struct pool {
	struct sizing sizing;
	uint32_t ready, starting, arriving[POOL_SLOWEST];
	uint32_t start_ms;
	uint32_t misses, most, wakeups;
	msec now;
};

static void
pool_order(struct pool *pool)
{
	uint32_t more =
	    sizing_missing(&pool->sizing, pool->ready, pool->starting, pool->now);

	pool->arriving[(pool->now + pool->start_ms) % POOL_SLOWEST] += more;
	pool->starting += more;
	pool->ready -= sizing_surplus(&pool->sizing, pool->ready);
	if (pool->sizing.wanted > pool->most)
		pool->most = pool->sizing.wanted;
}

static void
pool_init(struct pool *pool, uint32_t min, uint32_t max, uint32_t start_ms)
{
	*pool = (struct pool){ .start_ms = start_ms, .now = 1 };
	sizing_init(&pool->sizing, min, max);
	pool_order(pool);
}

static void
pool_pass(struct pool *pool, msec length)
{
	for (msec end = pool->now + length; pool->now < end;) {
		uint32_t *arriving = &pool->arriving[++pool->now % POOL_SLOWEST];
		msec due = sizing_due(&pool->sizing);

		for (uint32_t i = 0; i < *arriving; i++)
			sizing_arrived(&pool->sizing);
		pool->ready += *arriving;
		pool->starting -= *arriving;
		*arriving = 0;
		if (due != 0 && due <= pool->now) {
			pool->wakeups++;
			(void)sizing_tick(&pool->sizing, pool->now);
		}
		pool_order(pool);
	}
}

static void
pool_clients(struct pool *pool, uint32_t count)
{
	while (count-- > 0) {
		sizing_demand(&pool->sizing, pool->ready, pool->now);
		if (pool->ready == 0)
			pool->misses++;
		else
			pool->ready--;
		pool_order(pool);
	}
}

/* `count` clients at once every `pause`, `times` times; how many missed. */
static uint32_t
pool_bursts(struct pool *pool, uint32_t count, msec pause, uint32_t times)
{
	uint32_t before = pool->misses;

	while (times-- > 0) {
		pool_clients(pool, count);
		pool_pass(pool, pause);
	}
	return pool->misses - before;
}

static void
one_client_at_a_time_needs_two_and_stays_there(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 1, 64, 50);
	pool_pass(&pool, 100);
	assert_int_equal(pool_bursts(&pool, 1, 200, 1000), 0);
	assert_int_equal(pool.most, 2);
	assert_int_equal(pool.sizing.wanted, 2);
}

static void
a_burst_of_three_doubles_once(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 1, 64, 50);
	pool_pass(&pool, 100);
	assert_int_equal(pool_bursts(&pool, 3, 500, 1), 2);
	assert_int_equal(pool.most, 4);
	assert_int_equal(pool_bursts(&pool, 3, 500, 10), 0);
	assert_int_equal(pool.most, 4);
}

static void
bursts_of_a_hundred_are_learned_in_a_few(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 2, 256, 50);
	pool_pass(&pool, 100);
	assert_int_equal(pool_bursts(&pool, 100, 1000, 1), 98);
	assert_int_equal(pool.sizing.wanted, 6);
	(void)pool_bursts(&pool, 100, 1000, 4);
	assert_int_equal(pool_bursts(&pool, 100, 1000, 10), 0);
	assert_in_range(pool.most, 100, 200);
}

static void
slow_starts_end_with_as_many_as_come_during_one(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 1, 256, 50);
	(void)pool_bursts(&pool, 1, 5, 400); /* ten come during one start */
	assert_int_equal(pool_bursts(&pool, 1, 5, 20000), 0);
	assert_in_range(pool.most, 11, 24);
	assert_in_range(pool.sizing.wanted, 11, 13);
}

static void
a_program_that_takes_seconds_does_not_lead_to_the_maximum(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 2, 256, 4000);
	(void)pool_bursts(&pool, 1, 100, 40); /* before the first is there */
	assert_int_equal(pool.most, 2);
	(void)pool_bursts(&pool, 1, 1000, 100); /* four come during one start */
	assert_int_equal(pool_bursts(&pool, 1, 1000, 100), 0);
	assert_in_range(pool.most, 5, 10);
}

static void
a_sawtooth_keeps_what_its_teeth_need(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 2, 64, 50);
	(void)pool_bursts(&pool, 20, 5000, 20);
	assert_int_equal(pool_bursts(&pool, 20, 5000, 100), 0);
	assert_in_range(pool.sizing.wanted, 20, 22);
}

static void
teeth_further_apart_than_a_window_cost_no_more_than_half_each(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 2, 64, 50);
	(void)pool_bursts(&pool, 20, 1000, 10);
	pool_pass(&pool, 2 * SIZING_WINDOW_MS);
	assert_in_range(pool_bursts(&pool, 20, 1000, 1), 1, 15);
}

static void
a_long_idle_time_ends_at_the_minimum_without_a_clock(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 1, 64, 50);
	(void)pool_bursts(&pool, 100, 1000, 10);
	assert_int_equal(pool.sizing.wanted, 64);
	pool.wakeups = 0;
	pool_pass(&pool, 3600000);
	assert_int_equal(pool.sizing.wanted, 1);
	assert_int_equal(pool.ready, 1);
	assert_int_equal(pool.wakeups, 7);
	assert_int_equal(sizing_due(&pool.sizing), 0);
}

static void
what_ends_soon_after_it_arrived_is_tried_less_and_less(void **state)
{
	struct sizing sizing;
	msec now = 5, pause = 1000;

	(void)state;
	sizing_init(&sizing, 1, 1);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(sizing_failed(&sizing, false, now), pause);
		now += pause;
		assert_true(sizing_tick(&sizing, now));
		sizing_arrived(&sizing);
		now += 50;
		pause *= 2;
	}
	now += 10 * pause; /* it has lasted */
	assert_int_equal(sizing_failed(&sizing, false, now), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_ends_soon_after_it_arrived_is_tried_less_and_less),
		cmocka_unit_test(one_client_at_a_time_needs_two_and_stays_there),
		cmocka_unit_test(a_burst_of_three_doubles_once),
		cmocka_unit_test(bursts_of_a_hundred_are_learned_in_a_few),
		cmocka_unit_test(slow_starts_end_with_as_many_as_come_during_one),
		cmocka_unit_test(
		    a_program_that_takes_seconds_does_not_lead_to_the_maximum),
		cmocka_unit_test(a_sawtooth_keeps_what_its_teeth_need),
		cmocka_unit_test(
		    teeth_further_apart_than_a_window_cost_no_more_than_half_each),
		cmocka_unit_test(a_long_idle_time_ends_at_the_minimum_without_a_clock),
	};

	return cmocka_run_group_tests_name("sizing_load", tests, NULL, NULL);
}
