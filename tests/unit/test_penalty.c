/*
 * What an ending costs its source: years of it, in plain numbers.
 */
#include "unit.h"

#include "chance.h"
#include "penalty.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define DAY ((msec)24 * 60 * MINUTE)

/* As they are where nothing is said. */
static const struct penalty_limits usual = {
	.least = 15 * SECOND, .most = 10 * MINUTE, .decay = 10 * MINUTE
};

static bool
offend(struct penalty *penalty, msec cost, msec now)
{
	return penalty_add(penalty, &usual, OFFENCE_EXIT, cost, now);
}

/* ---- the first rule that fits ---- */

#define ANY_NUMBER -1, -1, false

static struct penalty_rule some_rules[] = {
	{ OFFENCE_EXIT, 3, 3, false, 0 },
	{ OFFENCE_EXIT, 0, 0, true, 1 },
	{ OFFENCE_SIGNAL, 11, 11, false, 2 },
	{ OFFENCE_IDLE_TIMEOUT, ANY_NUMBER, 3 },
	{ OFFENCE_TIMEOUT, ANY_NUMBER, 4 },
	{ OFFENCE_NO_BYTE, ANY_NUMBER, 5 },
	{ OFFENCE_PROXY, ANY_NUMBER, 6 },
	{ OFFENCE_DENIED, ANY_NUMBER, 7 },
	{ OFFENCE_ANY, ANY_NUMBER, 8 },
};

static void
the_first_rule_that_fits_says_what_it_costs(void **state)
{
	static const struct {
		struct outcome outcome;
		int rule; /* its index; -1: none */
	} rows[] = {
		{ { OFFENCE_EXIT, 0, false }, 8 },
		{ { OFFENCE_EXIT, 1, false }, 1 },
		{ { OFFENCE_EXIT, 3, false }, 0 },
		{ { OFFENCE_EXIT, 255, false }, 1 },
		{ { OFFENCE_EXIT, 0, true }, 5 },
		{ { OFFENCE_EXIT, 1, true }, 1 },
		{ { OFFENCE_SIGNAL, 11, false }, 2 },
		{ { OFFENCE_SIGNAL, 15, false }, 8 },
		{ { OFFENCE_SIGNAL, 3, true }, 5 },
		{ { OFFENCE_IDLE_TIMEOUT, 0, false }, 3 },
		{ { OFFENCE_SESSION_TIMEOUT, 0, true }, 4 },
		{ { OFFENCE_FIRST_BYTE_TIMEOUT, 0, true }, 4 },
		{ { OFFENCE_EOF_GRACE, 0, false }, 4 },
		{ { OFFENCE_NO_BYTE, 0, true }, 5 },
		{ { OFFENCE_PROXY, 0, false }, 6 },
		{ { OFFENCE_DENIED, 0, false }, 7 },
		{ { OFFENCE_POLICY, 0, false }, -1 },
		{ { OFFENCE_ANY, 0, false }, 8 },
		{ { OFFENCE_ANY, 0, true }, 5 },
		{ { OFFENCE_NONE, 0, false }, -1 },
		{ { OFFENCE_NONE, 0, true }, -1 },
	};
	const struct penalty_rules rules = { some_rules, ARRAY_SIZE(some_rules) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct penalty_rule *rule = some_rules;
		msec cost = penalty_cost(&rules, &rows[i].outcome, &rule);

		if (rows[i].rule < 0) {
			assert_null(rule);
			assert_int_equal(cost, 0);
			continue;
		}
		assert_int_equal(rule - some_rules, rows[i].rule);
		assert_int_equal(cost, rows[i].rule);
	}
}

static void
without_rules_nothing_costs_anything(void **state)
{
	const struct penalty_rules rules = { 0 };
	const struct penalty_rule *rule;

	(void)state;
	assert_int_equal(
	    penalty_cost(&rules, &(struct outcome){ OFFENCE_EXIT, 1, true }, &rule), 0);
	assert_null(rule);
}

/* ---- debts ---- */

static void
nothing_happens_until_the_floor_is_reached(void **state)
{
	struct penalty penalty = { 0 };

	(void)state;
	assert_false(offend(&penalty, 5 * SECOND, 0));
	assert_int_equal(penalty_left(&penalty, 0), 0);
	assert_int_equal(penalty.until, 5 * SECOND);
	/* 5 s and twice 5 s: that is it. */
	assert_true(offend(&penalty, 5 * SECOND, 0));
	assert_int_equal(penalty_left(&penalty, 0), 15 * SECOND);
	assert_false(offend(&penalty, 5 * SECOND, 0));
	assert_int_equal(penalty_left(&penalty, 0), 35 * SECOND);
	assert_int_equal(penalty.last, OFFENCE_EXIT);
}

/* Once below the floor it still is refused, until the debt is over. */
static void
who_is_shut_out_stays_so_until_the_debt_is_over(void **state)
{
	struct penalty penalty = { 0 };

	(void)state;
	assert_true(offend(&penalty, 20 * SECOND, 0));
	assert_int_equal(penalty_left(&penalty, 19999), 1);
	assert_int_equal(penalty_left(&penalty, 20000), 0);
	assert_int_equal(penalty_left(&penalty, 1000 * DAY), 0);
	/* It was over: the floor counts again. */
	assert_false(offend(&penalty, 5 * SECOND, 20000));
	assert_int_equal(penalty_left(&penalty, 20000), 0);
	assert_int_equal(penalty.until, 30000);
}

static void
a_debt_below_the_floor_is_paid_by_time(void **state)
{
	struct penalty penalty = { 0 };

	(void)state;
	for (msec now = 0; now < 100 * DAY; now += 10 * MINUTE)
		assert_false(offend(&penalty, 14 * SECOND, now));
	assert_int_equal(penalty.level, 1);
}

static void
without_a_floor_the_first_offence_counts(void **state)
{
	const struct penalty_limits limits = { 0, 10 * MINUTE, 10 * MINUTE };
	struct penalty penalty = { 0 };

	(void)state;
	assert_true(penalty_add(&penalty, &limits, OFFENCE_NO_BYTE, 1, 0));
	assert_int_equal(penalty_left(&penalty, 0), 1);
	assert_int_equal(penalty.last, OFFENCE_NO_BYTE);
}

static void
what_costs_nothing_changes_nothing(void **state)
{
	const struct penalty_limits limits = { 0, 10 * MINUTE, 10 * MINUTE };
	struct penalty penalty = { 0 };

	(void)state;
	assert_false(penalty_add(&penalty, &limits, OFFENCE_EXIT, 0, 7));
	assert_memory_equal(&penalty, &(struct penalty){ 0 }, sizeof(penalty));
	assert_int_equal(penalty_forget_at(&penalty, &limits), 0);
}

static void
a_refusal_adds_nothing_while_it_is_shut_out(void **state)
{
	static const enum offence refusals[] = { OFFENCE_PROXY, OFFENCE_DENIED,
		OFFENCE_POLICY };
	struct penalty penalty = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		msec now = (msec)i * DAY;

		assert_true(penalty_add(&penalty, &usual, refusals[i], 20 * SECOND, now));
		assert_false(
		    penalty_add(&penalty, &usual, refusals[i], 20 * SECOND, now));
		assert_int_equal(penalty_left(&penalty, now), 20 * SECOND);
		assert_int_equal(penalty_level(&penalty, &usual, now), 1);
		/* A session that was running ends badly: that counts. */
		assert_false(offend(&penalty, 20 * SECOND, now));
		assert_int_equal(penalty_left(&penalty, now), 60 * SECOND);
	}
}

static void
no_debt_grows_beyond_the_ceiling(void **state)
{
	struct penalty penalty = { 0 };
	msec before = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)offend(&penalty, 5 * SECOND, i);
		assert_true(penalty.until - i <= usual.most);
		assert_true(penalty.until >= before);
		before = penalty.until;
	}
	assert_int_equal(penalty_left(&penalty, 999), usual.most);
}

/* ---- doubling ---- */

static void
each_step_of_the_doubling_is_forgotten_after_its_time(void **state)
{
	struct penalty penalty = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		(void)offend(&penalty, 1, 0);
	assert_int_equal(penalty_level(&penalty, &usual, 0), 3);
	assert_int_equal(penalty_level(&penalty, &usual, usual.decay - 1), 3);
	assert_int_equal(penalty_level(&penalty, &usual, usual.decay), 2);
	assert_int_equal(penalty_level(&penalty, &usual, 2 * usual.decay), 1);
	assert_int_equal(penalty_level(&penalty, &usual, 3 * usual.decay), 0);
	assert_int_equal(penalty_level(&penalty, &usual, INT64_MAX), 0);
	assert_int_equal(penalty_forget_at(&penalty, &usual), 3 * usual.decay);

	/* The next one costs as much as the third one did. */
	(void)offend(&penalty, 1, usual.decay);
	assert_int_equal(penalty.until, usual.decay + 4);
	assert_int_equal(penalty_level(&penalty, &usual, usual.decay), 3);
}

static void
without_decay_the_doubling_lasts_as_long_as_the_debt(void **state)
{
	const struct penalty_limits limits = { 0, DAY, 0 };
	struct penalty penalty = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		(void)penalty_add(&penalty, &limits, OFFENCE_EXIT, 10, 0);
	assert_int_equal(penalty_level(&penalty, &limits, 69), 3);
	assert_int_equal(penalty_level(&penalty, &limits, 70), 0);
	assert_int_equal(penalty_forget_at(&penalty, &limits), 70);
	(void)penalty_add(&penalty, &limits, OFFENCE_EXIT, 10, 70);
	assert_int_equal(penalty.until, 80);
}

static void
offences_without_end_stop_doubling_in_time(void **state)
{
	const struct penalty_limits limits = { 0, 365 * DAY, 365 * DAY };
	struct penalty penalty = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		(void)penalty_add(&penalty, &limits, OFFENCE_EXIT, 1, 0);
	assert_int_equal(penalty.until, limits.most);
	assert_int_equal(penalty.level, 40);
}

/* ---- time ---- */

/* One that fails every second: shut out nearly all the time, every day alike. */
static void
a_year_of_offences_is_over_in_a_moment(void **state)
{
	struct penalty penalty = { 0 };
	int tries = 0;

	(void)state;
	for (msec now = 0; now < 365 * DAY; tries++) {
		msec left = penalty_left(&penalty, now);

		assert_in_range(left, 0, usual.most);
		now += left > 0 ? left : SECOND;
		(void)offend(&penalty, 5 * SECOND, now);
	}
	/* After the first minutes it is the longest time each time. */
	assert_in_range(tries, 365 * 24 * 6, 365 * 24 * 6 + 20);
}

static void
the_begin_and_the_end_of_time_are_times(void **state)
{
	static const msec times[] = { 0, 1, INT64_MAX / 2, INT64_MAX - 1, INT64_MAX };
	static const msec costs[] = { 1, 5 * SECOND, 365 * DAY, INT64_MAX };
	const struct penalty_limits huge = { 0, INT64_MAX, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times) * ARRAY_SIZE(costs); i++) {
		msec now = times[i % ARRAY_SIZE(times)];
		msec cost = costs[i / ARRAY_SIZE(times)];
		struct penalty penalty = { 0 };

		for (int step = 0; step < 100; step++) {
			(void)penalty_add(&penalty, &huge, OFFENCE_EXIT, cost, now);
			assert_true(penalty.until >= now);
			assert_true(penalty_left(&penalty, now) >= 0);
		}
		assert_true(penalty_forget_at(&penalty, &huge) >= penalty.until);
	}
}

/* When it is forgotten it is as if there never had been one. */
static void
who_is_forgotten_owes_nothing(void **state)
{
	static const msec decays[] = { 0, 1000, 10 * MINUTE, DAY };
	struct chance chance = { 5 };

	(void)state;
	for (int round = 0; round < 2000; round++) {
		const struct penalty_limits limits = { chance_below(&chance, 20000),
			1000 + chance_below(&chance, 1000000), decays[round % 4] };
		struct penalty penalty = { 0 }, fresh = { 0 };
		msec now = 0, at;

		for (int step = 0; step < 20; step++) {
			now += chance_below(&chance, 3) * chance_below(&chance, 60000);
			(void)penalty_add(&penalty, &limits, OFFENCE_EXIT,
			    1 + chance_below(&chance, 9000), now);
		}
		at = penalty_forget_at(&penalty, &limits);
		assert_int_equal(penalty_left(&penalty, at), 0);
		assert_int_equal(penalty_level(&penalty, &limits, at), 0);
		assert_true(at <= now || penalty.until > at - 1 ||
			    penalty_level(&penalty, &limits, at - 1) > 0);
		now = at > now ? at : now;
		(void)penalty_add(&penalty, &limits, OFFENCE_EXIT, 4711, now);
		(void)penalty_add(&fresh, &limits, OFFENCE_EXIT, 4711, now);
		assert_memory_equal(&penalty, &fresh, offsetof(struct penalty, last) + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_rule_that_fits_says_what_it_costs),
		cmocka_unit_test(without_rules_nothing_costs_anything),
		cmocka_unit_test(nothing_happens_until_the_floor_is_reached),
		cmocka_unit_test(who_is_shut_out_stays_so_until_the_debt_is_over),
		cmocka_unit_test(a_debt_below_the_floor_is_paid_by_time),
		cmocka_unit_test(without_a_floor_the_first_offence_counts),
		cmocka_unit_test(what_costs_nothing_changes_nothing),
		cmocka_unit_test(a_refusal_adds_nothing_while_it_is_shut_out),
		cmocka_unit_test(no_debt_grows_beyond_the_ceiling),
		cmocka_unit_test(each_step_of_the_doubling_is_forgotten_after_its_time),
		cmocka_unit_test(without_decay_the_doubling_lasts_as_long_as_the_debt),
		cmocka_unit_test(offences_without_end_stop_doubling_in_time),
		cmocka_unit_test(a_year_of_offences_is_over_in_a_moment),
		cmocka_unit_test(the_begin_and_the_end_of_time_are_times),
		cmocka_unit_test(who_is_forgotten_owes_nothing),
	};

	return cmocka_run_group_tests_name("penalty", tests, NULL, NULL);
}
