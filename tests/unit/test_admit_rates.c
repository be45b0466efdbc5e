/*
 * Rates and the turns they make, and what happens as a service fills up.
 */
#include "unit.h"

#include "admit.h"
#include "chance.h"

/* ---- rates ---- */

static const struct setting_rate ten_a_second = { .count = 10, .burst = 1, .per = 1000 };
static const struct setting_rate two_a_second = { .count = 2, .burst = 1, .per = 1000 };

/* What becomes of one that comes; its wait in *ret_wait. */
static enum verdict
come(struct gate *gate, struct source *source, const struct setting_rate *per_source,
    msec now, msec *ret_wait)
{
	const struct applicant applicant = {
		.source = source, .allowance.rate_per_source = *per_source, .now = now
	};
	struct ruling ruling = admit_check(gate, &applicant);
	struct charge charge = { 0 };

	if (ruling.verdict == ADMIT)
		admit_enter(&charge, gate, source, &applicant);
	else if (ruling.verdict == ADMIT_LATER)
		admit_promise(gate, source, &applicant);
	*ret_wait = ruling.wait;
	return ruling.verdict;
}

static void
turns_are_one_interval_apart_and_the_rest_is_refused(void **state)
{
	struct gate gate = { .max = 99, .rate = ten_a_second, .rate_wait = 500 };
	struct source source = { 0 };
	msec wait;

	(void)state;
	assert_int_equal(
	    come(&gate, &source, &(struct setting_rate){ 0 }, 7, &wait), ADMIT);
	for (msec turn = 1; turn <= 5; turn++) {
		assert_int_equal(
		    come(&gate, &source, &(struct setting_rate){ 0 }, 7, &wait),
		    ADMIT_LATER);
		assert_int_equal(wait, turn * 100);
	}
	for (int i = 0; i < 20; i++) {
		assert_int_equal(
		    come(&gate, &source, &(struct setting_rate){ 0 }, 7, &wait),
		    REFUSE_RATE);
		assert_int_equal(wait, 600);
	}
	/* The refused took nothing: as soon as one turn has passed there is another. */
	assert_int_equal(
	    come(&gate, &source, &(struct setting_rate){ 0 }, 107, &wait), ADMIT_LATER);
	assert_int_equal(wait, 500);
	assert_int_equal(gate.live, 1);
}

static void
without_waiting_who_is_over_a_rate_is_refused_at_once(void **state)
{
	struct gate gate = { .max = 99 };
	struct source source = { 0 };
	msec wait;

	(void)state;
	assert_int_equal(come(&gate, &source, &two_a_second, 0, &wait), ADMIT);
	assert_int_equal(
	    come(&gate, &source, &two_a_second, 0, &wait), REFUSE_SOURCE_RATE);
	assert_int_equal(wait, 500);
	assert_int_equal(
	    come(&gate, &source, &two_a_second, 499, &wait), REFUSE_SOURCE_RATE);
	assert_int_equal(wait, 1);
	assert_int_equal(come(&gate, &source, &two_a_second, 500, &wait), ADMIT);
	assert_int_equal(wait, 0);
}

static void
of_two_rates_the_later_turn_counts(void **state)
{
	struct gate gate = { .max = 99, .rate = ten_a_second, .rate_wait = 1000 };
	struct source greedy = { 0 }, other = { 0 };
	msec wait;

	(void)state;
	assert_int_equal(come(&gate, &greedy, &two_a_second, 0, &wait), ADMIT);
	assert_int_equal(come(&gate, &greedy, &two_a_second, 0, &wait), ADMIT_LATER);
	assert_int_equal(wait, 500);
	/* Both tokens were taken at once. */
	assert_int_equal(come(&gate, &other, &two_a_second, 0, &wait), ADMIT_LATER);
	assert_int_equal(wait, 200);
}

static void
the_greedy_one_takes_nothing_from_the_service(void **state)
{
	struct gate gate = { .max = 99, .rate = ten_a_second, .rate_wait = 100 };
	struct source greedy = { 0 }, other = { 0 };
	msec wait;

	(void)state;
	assert_int_equal(come(&gate, &greedy, &two_a_second, 0, &wait), ADMIT);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(
		    come(&gate, &greedy, &two_a_second, 0, &wait), REFUSE_SOURCE_RATE);
		assert_int_equal(wait, 500);
	}
	assert_int_equal(come(&gate, &other, &two_a_second, 0, &wait), ADMIT_LATER);
	assert_int_equal(wait, 100);
}

static void
who_has_waited_or_is_exempt_takes_no_token(void **state)
{
	struct gate gate = { .max = 99, .rate = ten_a_second };
	struct source source = { 0 };
	struct applicant applicant = { .source = &source,
		.allowance.rate_per_source = two_a_second };
	struct charge charges[3] = { 0 };

	(void)state;
	applicant.has_waited = true;
	admit_enter(&charges[0], &gate, &source, &applicant);
	applicant.has_waited = false;
	applicant.is_exempt = true;
	admit_enter(&charges[1], &gate, &source, &applicant);
	assert_int_equal(gate.bucket.full_at, 0);
	assert_int_equal(source.bucket.full_at, 0);
	applicant.is_exempt = false;
	admit_enter(&charges[2], &gate, &source, &applicant);
	assert_int_equal(gate.bucket.full_at, 100000000);
	assert_int_equal(source.bucket.full_at, 500000000);
	/* Turned away after all: it was asked about, so its tokens are spent. */
	(void)admit_withdraw(&charges[2]);
	assert_int_equal(gate.bucket.full_at, 100000000);
}

/* Any number of clients at any time: turns never come closer than the rate allows, nobody
 * waits longer than was said, and nobody is refused who need not be. */
static void
no_crowd_gets_more_turns_than_there_are(void **state)
{
	struct chance chance = { 11 };

	(void)state;
	for (int round = 0; round < 200; round++) {
		const struct setting_rate rate = { 1 + chance_below(&chance, 50),
			1 + chance_below(&chance, 5), 1000 };
		struct gate gate = { .max = 1000000,
			.rate = rate,
			.rate_wait = chance_below(&chance, 4) * 250 };
		struct source source = { 0 };
		msec now = 0, latest = 0, wait;
		int64_t turns = 0;

		for (int i = 0; i < 500; i++) {
			enum verdict verdict;

			now +=
			    chance_below(&chance, 4) == 0 ? chance_below(&chance, 90) : 0;
			verdict =
			    come(&gate, &source, &(struct setting_rate){ 0 }, now, &wait);
			if (verdict == REFUSE_RATE) {
				assert_true(wait > gate.rate_wait);
				continue;
			}
			assert_true(wait <= gate.rate_wait);
			assert_true(now + wait >= latest);
			latest = now + wait;
			turns++;
			/* A nanosecond is lost for each. */
			assert_true(
			    (turns - rate.burst) * rate.per <= (latest + 1) * rate.count);
		}
	}
}

/* ---- early-drop ---- */

static void
early_drop_grows_as_sshd_has_it(void **state)
{
	static const struct {
		struct setting_drop drop;
		uint32_t live;
		unsigned percent;
	} rows[] = {
		{ { 0, 0, 0 }, 0, 0 },
		{ { 0, 0, 0 }, 1000, 0 },
		{ { 10, 30, 100 }, 0, 0 },
		{ { 10, 30, 100 }, 9, 0 },
		{ { 10, 30, 100 }, 10, 30 },
		{ { 10, 30, 100 }, 11, 30 },
		{ { 10, 30, 100 }, 12, 31 },
		{ { 10, 30, 100 }, 55, 65 },
		{ { 10, 30, 100 }, 99, 99 },
		{ { 10, 30, 100 }, 100, 100 },
		{ { 10, 30, 100 }, UINT32_MAX, 100 },
		{ { 10, 100, 100 }, 10, 100 },
		{ { 10, 100, 100 }, 9, 0 },
		{ { 10, 1, 10 }, 9, 0 },
		{ { 10, 1, 10 }, 10, 100 },
		{ { 1, 1, 1000000 }, 999999, 99 },
		{ { 1, 50, 1000000 }, 500000, 74 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
		    admit_drop_percent(&rows[i].drop, rows[i].live), rows[i].percent);
}

static void
as_many_are_dropped_as_the_percentage_says(void **state)
{
	struct gate gate = { .live = 55, .max = 999, .drop = { 10, 30, 100 } };
	struct source source = { 0 };
	struct applicant applicant = { .source = &source };
	int dropped = 0;

	(void)state;
	for (applicant.chance = 0; applicant.chance < 1000; applicant.chance++)
		dropped += admit_check(&gate, &applicant).verdict == REFUSE_EARLY;
	assert_int_equal(dropped, 650);
}

/* ---- stress ---- */

static void
stress_begins_at_its_mark_and_ends_ten_percent_below(void **state)
{
	struct gate gate = { .max = 50, .stress = { 80, 25 } };

	(void)state;
	for (gate.live = 0; gate.live < 40; gate.live++) {
		assert_false(admit_stress(&gate));
		assert_int_equal(admit_time_left(&gate), 0);
	}
	assert_true(admit_stress(&gate));
	assert_int_equal(admit_time_left(&gate), 25);
	for (gate.live = 50; gate.live >= 35; gate.live--)
		assert_false(admit_stress(&gate));
	assert_int_equal(admit_time_left(&gate), 25);
	assert_true(admit_stress(&gate));
	assert_false(gate.is_stressed);
	for (gate.live = 34; gate.live < 40; gate.live++)
		assert_false(admit_stress(&gate));
	assert_true(admit_stress(&gate));
}

static void
stress_from_the_first_session_on_ends_with_the_last(void **state)
{
	struct gate gate = { .live = 1, .max = 50, .stress = { 1, 50 } };

	(void)state;
	assert_true(admit_stress(&gate));
	gate.live = 0;
	assert_true(admit_stress(&gate));
	assert_false(gate.is_stressed);
	assert_false(admit_stress(&gate));
}

static void
stress_that_is_switched_off_is_over(void **state)
{
	struct gate gate = { .live = 50, .max = 50, .stress = { 80, 25 } };

	(void)state;
	assert_true(admit_stress(&gate));
	gate.stress = (struct setting_stress){ 0 };
	assert_true(admit_stress(&gate));
	assert_false(gate.is_stressed);
}

static void
a_limit_under_stress_is_one_still(void **state)
{
	static const struct {
		uint8_t left;
		msec limit, stressed;
	} rows[] = {
		{ 50, 0, 0 },        /* there is none */
		{ 0, 12345, 12345 }, /* no stress */
		{ 50, 1, 1 },
		{ 50, 3, 1 },
		{ 1, 10, 1 },
		{ 1, 199, 1 },
		{ 33, 1000, 330 },
		{ 100, 12345, 12345 },
		{ 99, INT64_MAX, INT64_MAX / 100 * 99 + 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
		    admit_shortened(rows[i].limit, rows[i].left), rows[i].stressed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_one_interval_apart_and_the_rest_is_refused),
		cmocka_unit_test(without_waiting_who_is_over_a_rate_is_refused_at_once),
		cmocka_unit_test(of_two_rates_the_later_turn_counts),
		cmocka_unit_test(the_greedy_one_takes_nothing_from_the_service),
		cmocka_unit_test(who_has_waited_or_is_exempt_takes_no_token),
		cmocka_unit_test(no_crowd_gets_more_turns_than_there_are),
		cmocka_unit_test(early_drop_grows_as_sshd_has_it),
		cmocka_unit_test(as_many_are_dropped_as_the_percentage_says),
		cmocka_unit_test(stress_begins_at_its_mark_and_ends_ten_percent_below),
		cmocka_unit_test(stress_from_the_first_session_on_ends_with_the_last),
		cmocka_unit_test(stress_that_is_switched_off_is_over),
		cmocka_unit_test(a_limit_under_stress_is_one_still),
	};

	return cmocka_run_group_tests_name("admit rates", tests, NULL, NULL);
}
