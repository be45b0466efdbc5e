/*
 * How many processes wait, started ahead: each rule with plain numbers.
 */
#include "unit.h"

#include "sizing.h"

static void
arrive(struct sizing *sizing, uint32_t count)
{
	while (count-- > 0)
		sizing_arrived(sizing);
}

/* With its minimum there, in the middle of nowhere. */
static struct sizing
settled(uint32_t min, uint32_t max)
{
	struct sizing sizing;

	sizing_init(&sizing, min, max);
	arrive(&sizing, min);
	return sizing;
}

static void
a_set_begins_with_the_minimum_and_without_a_clock(void **state)
{
	struct sizing sizing;

	(void)state;
	sizing_init(&sizing, 3, 9);
	assert_int_equal(sizing_missing(&sizing, 0, 0, 1), 3);
	assert_int_equal(sizing_missing(&sizing, 1, 1, 1), 1);
	assert_int_equal(sizing_missing(&sizing, 3, 1, 1), 0);
	assert_int_equal(sizing_missing(&sizing, UINT32_MAX, 2, 1), 0);
	assert_int_equal(sizing_due(&sizing), 0);
}

static void
a_miss_doubles(void **state)
{
	struct sizing sizing = settled(3, 9);

	(void)state;
	sizing_demand(&sizing, 0, 1000);
	assert_int_equal(sizing.wanted, 6);
	assert_int_equal(sizing_due(&sizing), 1000 + SIZING_WINDOW_MS);
}

static void
a_miss_doubles_again_only_when_what_it_ordered_has_arrived(void **state)
{
	struct sizing sizing = settled(2, 99);

	(void)state;
	for (int i = 0; i < 50; i++)
		sizing_demand(&sizing, 0, 1);
	assert_int_equal(sizing.wanted, 4);
	arrive(&sizing, 3);
	sizing_demand(&sizing, 0, 2);
	assert_int_equal(sizing.wanted, 4);
	arrive(&sizing, 1);
	sizing_demand(&sizing, 0, 3);
	assert_int_equal(sizing.wanted, 8);
}

static void
misses_before_the_first_could_arrive_are_no_news(void **state)
{
	struct sizing sizing;

	(void)state;
	sizing_init(&sizing, 2, 99);
	sizing_demand(&sizing, 0, 1);
	sizing_arrived(&sizing);
	sizing_demand(&sizing, 1, 1);
	assert_int_equal(sizing.wanted, 2);
	sizing_arrived(&sizing);
	sizing_demand(&sizing, 0, 1);
	assert_int_equal(sizing.wanted, 4);
}

static void
all_that_is_wanted_being_ready_nothing_is_awaited(void **state)
{
	struct sizing sizing;

	(void)state;
	sizing_init(&sizing, 2, 99); /* and none is reported */
	sizing_demand(&sizing, 2, 1);
	sizing_demand(&sizing, 1, 1);
	assert_int_equal(sizing.wanted, 3);
}

static void
who_takes_the_last_adds_one_and_who_leaves_one_none(void **state)
{
	struct sizing sizing = settled(3, 9);

	(void)state;
	sizing_demand(&sizing, 2, 1);
	assert_int_equal(sizing.wanted, 3);
	sizing_demand(&sizing, 1, 1);
	assert_int_equal(sizing.wanted, 4);
	sizing_demand(&sizing, 0, 2); /* the addition holds nothing back */
	assert_int_equal(sizing.wanted, 8);
	assert_int_equal(sizing_due(&sizing), 1 + SIZING_WINDOW_MS);
}

static void
growth_ends_at_the_maximum(void **state)
{
	struct sizing sizing = settled(3, 4), fixed = settled(2, 2), none = settled(0, 0);

	(void)state;
	sizing_demand(&sizing, 0, 1);
	assert_int_equal(sizing.wanted, 4);
	sizing_demand(&fixed, 0, 1);
	sizing_demand(&fixed, 1, 1);
	assert_int_equal(fixed.wanted, 2);
	assert_int_equal(sizing_due(&fixed), 0);
	sizing_demand(&none, 0, 1);
	assert_int_equal(none.wanted, 0);
	assert_int_equal(sizing_missing(&none, 0, 0, 1), 0);
}

static void
from_nothing_the_first_client_makes_one(void **state)
{
	struct sizing sizing = settled(0, 4);

	(void)state;
	sizing_demand(&sizing, 0, 1);
	assert_int_equal(sizing.wanted, 1);
	arrive(&sizing, 1);
	assert_false(sizing_tick(&sizing, 1 + SIZING_WINDOW_MS));
	assert_true(sizing_tick(&sizing, 1 + 2 * SIZING_WINDOW_MS));
	assert_int_equal(sizing.wanted, 0);
	assert_int_equal(sizing_due(&sizing), 0);
}

/* One window with that many left at the worst moment; what is wanted then. */
static uint32_t
after_window(uint32_t wanted, uint32_t least_ready)
{
	struct sizing sizing = settled(2, 99);
	bool has_changed;

	sizing.wanted = wanted;
	sizing.least_ready = least_ready;
	sizing.window_ends = 7;
	has_changed = sizing_tick(&sizing, 7);
	assert_int_equal(has_changed, sizing.wanted != wanted);
	assert_int_equal(
	    sizing.window_ends, sizing.wanted > sizing.min ? 7 + SIZING_WINDOW_MS : 0);
	assert_int_equal(sizing.least_ready, UINT32_MAX);
	return sizing.wanted;
}

static void
a_window_takes_half_of_what_nobody_needed(void **state)
{
	static const struct {
		uint32_t wanted, least_ready, after;
	} rows[] = {
		{ 20, 0, 20 },          /* a miss, or the last was taken */
		{ 20, 1, 20 },          /* the one in reserve */
		{ 20, 2, 19 },          /* rounded up */
		{ 20, 11, 15 },         /* half of ten */
		{ 20, UINT32_MAX, 10 }, /* nobody came */
		{ 3, UINT32_MAX, 2 },   /* never below the minimum */
		{ 20, 40, 10 },         /* more than are wanted were there */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
		    after_window(rows[i].wanted, rows[i].least_ready), rows[i].after);
}

static void
the_worst_moment_of_the_window_counts(void **state)
{
	struct sizing sizing = settled(1, 99);

	(void)state;
	sizing.wanted = 20;
	sizing.window_ends = 100;
	sizing_demand(&sizing, 20, 1);
	sizing_demand(&sizing, 12, 2); /* leaves 11 */
	sizing_demand(&sizing, 15, 3);
	assert_false(sizing_tick(&sizing, 99));
	assert_true(sizing_tick(&sizing, 100));
	assert_int_equal(sizing.wanted, 15);
}

static void
what_is_awaited_shrinks_with_what_is_wanted(void **state)
{
	struct sizing sizing = settled(8, 99);

	(void)state;
	sizing_demand(&sizing, 0, 1);
	(void)sizing_tick(&sizing, sizing_due(&sizing));
	assert_int_equal(sizing.wanted, 16);
	(void)sizing_tick(&sizing, sizing_due(&sizing));
	assert_int_equal(sizing.wanted, 8);
	arrive(&sizing, 8);
	sizing_demand(&sizing, 0, 1);
	assert_int_equal(sizing.wanted, 16);
}

static void
those_above_what_is_wanted_are_too_many(void **state)
{
	struct sizing sizing = settled(3, 9);

	(void)state;
	assert_int_equal(sizing_surplus(&sizing, 2), 0);
	assert_int_equal(sizing_surplus(&sizing, 3), 0);
	assert_int_equal(sizing_surplus(&sizing, 5), 2);
}

static void
failures_in_a_row_pause_from_a_second_to_five_minutes(void **state)
{
	static const msec pauses[] = { 1000, 2000, 4000, 8000, 16000, 32000, 64000,
		128000, 256000, 300000, 300000 };
	struct sizing sizing;
	msec now = 5;

	(void)state;
	sizing_init(&sizing, 3, 9);
	for (size_t i = 0; i < ARRAY_SIZE(pauses); i++) {
		assert_int_equal(sizing_failed(&sizing, false, now), pauses[i]);
		assert_int_equal(sizing_due(&sizing), now + pauses[i]);
		assert_int_equal(sizing_missing(&sizing, 0, 0, now + pauses[i] - 1), 0);
		assert_false(sizing_tick(&sizing, now + pauses[i] - 1));
		now += pauses[i];
		assert_int_equal(sizing_missing(&sizing, 0, 0, now), 1);
		assert_true(sizing_tick(&sizing, now));
		assert_int_equal(sizing_due(&sizing), 0);
		assert_int_equal(sizing_missing(&sizing, 0, 0, now), 1);
	}
	sizing.streak = UINT32_MAX - 1;
	assert_int_equal(sizing_failed(&sizing, false, now), 300000);
}

static void
those_that_fail_together_have_one_pause(void **state)
{
	struct sizing sizing;

	(void)state;
	sizing_init(&sizing, 8, 9);
	assert_int_equal(sizing_failed(&sizing, false, 5), 1000);
	assert_int_equal(sizing_failed(&sizing, false, 5), 1000);
	assert_int_equal(sizing_failed(&sizing, false, 105), 900);
	assert_int_equal(sizing.failures, 1);
}

static void
after_a_pause_one_is_tried_and_when_it_arrives_the_others(void **state)
{
	struct sizing sizing;

	(void)state;
	sizing_init(&sizing, 8, 9);
	(void)sizing_failed(&sizing, false, 5);
	assert_true(sizing_tick(&sizing, 1005));
	assert_int_equal(sizing_missing(&sizing, 0, 0, 1005), 1);
	assert_int_equal(sizing_missing(&sizing, 0, 1, 1005), 0);
	assert_int_equal(sizing_missing(&sizing, 8, 0, 1005), 0);
	sizing_arrived(&sizing);
	assert_int_equal(sizing_missing(&sizing, 1, 0, 1006), 7);
	assert_int_equal(sizing_failed(&sizing, false, 1006), 2000);
	sizing_arrived(&sizing);
	assert_int_equal(sizing_missing(&sizing, 1, 0, 1006), 7);
	assert_int_equal(sizing_due(&sizing), 0);
}

static void
nothing_grows_while_starting_fails(void **state)
{
	struct sizing sizing = settled(2, 9);

	(void)state;
	(void)sizing_failed(&sizing, false, 5);
	sizing_demand(&sizing, 0, 6);
	assert_true(sizing_tick(&sizing, 1005));
	sizing_demand(&sizing, 0, 1006);
	assert_int_equal(sizing.wanted, 2);
	sizing_arrived(&sizing);
	sizing_demand(&sizing, 0, 1007);
	assert_int_equal(sizing.wanted, 4);
}

static void
a_final_failure_ends_it_until_it_is_forgiven(void **state)
{
	struct sizing sizing = settled(2, 9);

	(void)state;
	sizing_demand(&sizing, 0, 1);
	assert_int_equal(sizing_failed(&sizing, true, 5), 0);
	assert_int_equal(sizing_failed(&sizing, false, 5), 0);
	arrive(&sizing, 9); /* one that was on its way */
	sizing_demand(&sizing, 0, 6);
	assert_int_equal(sizing_missing(&sizing, 0, 0, 1000000), 0);
	assert_int_equal(sizing_due(&sizing), 0);
	assert_int_equal(sizing.wanted, 2);

	sizing_forgive(&sizing);
	assert_int_equal(sizing_missing(&sizing, 0, 0, 7), 2);
	assert_int_equal(sizing.max, 9);
	assert_int_equal(sizing_failed(&sizing, false, 7), 1000);
}

static void
what_is_due_first_is_due(void **state)
{
	struct sizing sizing = settled(2, 9);

	(void)state;
	sizing_demand(&sizing, 0, 1000);
	(void)sizing_failed(&sizing, false, 1000);
	assert_int_equal(sizing_due(&sizing), 2000);
	sizing.retry_at = 60000;
	assert_int_equal(sizing_due(&sizing), 1000 + SIZING_WINDOW_MS);
}

/* Whatever comes in whatever order. */
static void
the_bounds_always_hold(void **state)
{
	struct sizing sizing = settled(2, 17);
	uint32_t dice = 1;
	msec now = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		dice = dice * 1664525 + 1013904223;
		now += dice >> 24;
		switch (dice >> 16 & 7) {
		case 0:
			(void)sizing_failed(&sizing, (dice >> 19 & 31) == 0, now);
			break;
		case 1:
			(void)sizing_tick(&sizing, now);
			break;
		case 2:
			if (sizing.has_given_up)
				sizing_forgive(&sizing);
			break;
		case 3:
		case 4:
			sizing_arrived(&sizing);
			break;
		default:
			sizing_demand(&sizing, dice >> 20 & 15, now);
		}
		assert_in_range(sizing.wanted, 2, 17);
		assert_true(sizing.awaited <= sizing.wanted);
		assert_int_equal(sizing.window_ends != 0, sizing.wanted > 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_begins_with_the_minimum_and_without_a_clock),
		cmocka_unit_test(a_miss_doubles),
		cmocka_unit_test(
		    a_miss_doubles_again_only_when_what_it_ordered_has_arrived),
		cmocka_unit_test(misses_before_the_first_could_arrive_are_no_news),
		cmocka_unit_test(all_that_is_wanted_being_ready_nothing_is_awaited),
		cmocka_unit_test(who_takes_the_last_adds_one_and_who_leaves_one_none),
		cmocka_unit_test(growth_ends_at_the_maximum),
		cmocka_unit_test(from_nothing_the_first_client_makes_one),
		cmocka_unit_test(a_window_takes_half_of_what_nobody_needed),
		cmocka_unit_test(the_worst_moment_of_the_window_counts),
		cmocka_unit_test(what_is_awaited_shrinks_with_what_is_wanted),
		cmocka_unit_test(those_above_what_is_wanted_are_too_many),
		cmocka_unit_test(failures_in_a_row_pause_from_a_second_to_five_minutes),
		cmocka_unit_test(those_that_fail_together_have_one_pause),
		cmocka_unit_test(
		    after_a_pause_one_is_tried_and_when_it_arrives_the_others),
		cmocka_unit_test(nothing_grows_while_starting_fails),
		cmocka_unit_test(a_final_failure_ends_it_until_it_is_forgiven),
		cmocka_unit_test(what_is_due_first_is_due),
		cmocka_unit_test(the_bounds_always_hold),
	};

	return cmocka_run_group_tests_name("sizing", tests, NULL, NULL);
}
