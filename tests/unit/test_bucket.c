/*
 * How often: a bucket that is one number, against one of tokens that drip.
 */
#include "unit.h"

#include "bucket.h"
#include "chance.h"

#define NSEC 1000000
#define DAY 86400000
#define STEPS 20000
#define LIFE ((msec)70 * 365 * DAY)

/* ---- a model that is too simple to be wrong ---- */

/* Fractions of tokens: a whole one is `per` in nanoseconds, and `count` drip in each. */
struct model {
	__int128 held;
	msec at;
};

static void
model_drip(struct model *model, const struct setting_rate *rate, msec now)
{
	__int128 full = (__int128)rate->burst * rate->per * NSEC;

	model->held += (__int128)(now - model->at) * NSEC * rate->count;
	if (model->held > full)
		model->held = full;
	model->at = now;
}

static msec
model_wait(const struct model *model, const struct setting_rate *rate)
{
	__int128 missing = (__int128)rate->per * NSEC - model->held;
	__int128 each = (__int128)rate->count * NSEC; /* in a millisecond */

	return missing <= 0 ? 0 : (msec)((missing + each - 1) / each);
}

static uint32_t
model_left(const struct model *model, const struct setting_rate *rate)
{
	__int128 token = (__int128)rate->per * NSEC;

	return model->held < 0 ? 0 : (uint32_t)(model->held / token);
}

/* Rates whose interval is a whole number of nanoseconds. */
static struct setting_rate
some_rate(struct chance *chance)
{
	static const uint32_t counts[] = { 1, 2, 5, 8, 10, 64, 100, 1000, 15625,
		1000000 };
	static const msec pers[] = { 1, 10, 1000, 60000, 3600000, DAY };
	static const uint32_t bursts[] = { 1, 2, 3, 40, 1000, 1000000 };
	struct setting_rate rate = { .count = counts[chance_below(chance, 10)],
		.per = pers[chance_below(chance, 6)],
		.burst = bursts[chance_below(chance, 6)] };

	return rate;
}

/* Short steps and long ones, by what the rate makes of them. */
static msec
some_time(struct chance *chance, const struct setting_rate *rate)
{
	uint32_t most = 1 + (uint32_t)(rate->per * 4 / rate->count);

	switch (chance_below(chance, 8)) {
	case 0:
		return chance_below(chance, most);
	case 1:
		return chance_below(chance, (uint32_t)rate->per + 1);
	case 2:
		return 1;
	default:
		return 0;
	}
}

static void
bucket_against_model(struct chance *chance, const struct setting_rate *rate, msec ahead)
{
	struct bucket bucket = { 0 };
	struct model model = { .held = (__int128)rate->burst * rate->per * NSEC };
	msec now = chance_below(chance, 2) * (msec)1000000007;

	/* Longer than it counts: another test. */
	if ((int64_t)rate->burst * rate->per / rate->count > LIFE)
		return;
	model.at = now;
	for (int step = 0; step < 200; step++) {
		msec wait;

		now += some_time(chance, rate);
		model_drip(&model, rate, now);
		wait = bucket_wait(&bucket, rate, ahead, now);
		assert_int_equal(wait, model_wait(&model, rate));
		assert_int_equal(
		    bucket_left(&bucket, rate, now), model_left(&model, rate));
		if (wait > ahead)
			continue;
		bucket_take(&bucket, rate, ahead, now);
		model.held -= (__int128)rate->per * NSEC;
	}
}

static void
a_bucket_is_what_dripping_tokens_are(void **state)
{
	struct chance chance = { 1 };

	(void)state;
	for (int round = 0; round < STEPS / 10; round++) {
		struct setting_rate rate = some_rate(&chance);
		msec ahead = chance_below(&chance, 2) * chance_below(&chance, 5000);

		bucket_against_model(&chance, &rate, ahead);
	}
}

/* ---- by hand ---- */

static void
without_a_rate_a_token_is_always_there(void **state)
{
	const struct setting_rate off = { 0 };
	struct bucket bucket = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(bucket_wait(&bucket, &off, 0, 5), 0);
		bucket_take(&bucket, &off, 0, 5);
	}
	assert_int_equal(bucket.full_at, 0);
	assert_int_equal(bucket_full_at(&bucket), 0);
}

static void
three_in_a_second_are_all_there_again_after_it(void **state)
{
	const struct setting_rate rate = { .count = 3, .burst = 3, .per = 1000 };
	static const msec waits[] = { 0, 0, 0, 334, 667, 1000, 1334 };
	struct bucket bucket = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		assert_int_equal(bucket_wait(&bucket, &rate, 1000, 0), waits[i]);
		if (waits[i] > 1000)
			break;
		bucket_take(&bucket, &rate, 1000, 0);
		assert_int_equal(
		    bucket_left(&bucket, &rate, 0), i < 2 ? 2 - (uint32_t)i : 0);
	}
	/* Six were taken. */
	assert_int_equal(bucket_left(&bucket, &rate, 1000), 0);
	assert_int_equal(bucket_left(&bucket, &rate, 2000), 3);
	assert_int_equal(bucket_full_at(&bucket), 2000);
}

static void
a_bucket_is_full_at_the_millisecond_it_says_and_not_before(void **state)
{
	const struct setting_rate rate = { .count = 7, .burst = 5, .per = 1000 };
	struct bucket bucket = { 0 };
	msec full_at;

	(void)state;
	bucket_take(&bucket, &rate, 0, 100);
	bucket_take(&bucket, &rate, 0, 100);
	full_at = bucket_full_at(&bucket);
	assert_int_equal(full_at, 386);
	assert_int_equal(bucket_left(&bucket, &rate, full_at - 1), 4);
	assert_int_equal(bucket_left(&bucket, &rate, full_at), 5);
}

/* At worst a token comes a nanosecond early. */
static void
an_hour_admits_what_was_said(void **state)
{
	static const struct setting_rate rates[] = { { 3, 2, 1000 }, { 7, 7, 60000 },
		{ 999, 10, 1000 }, { 50, 100, 1000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		const struct setting_rate *rate = &rates[i];
		int64_t expected = 3600000 / rate->per * rate->count + rate->burst;
		struct bucket bucket = { 0 };
		int64_t taken = 0;

		for (msec now = 1; now <= 3600000; now++)
			while (bucket_wait(&bucket, rate, 0, now) == 0) {
				bucket_take(&bucket, rate, 0, now);
				taken++;
			}
		assert_in_range(taken, expected - 1, expected + 1);
	}
}

/* ---- the edges ---- */

/* Nothing overflows, and a bucket that gives nothing gives nothing for a while. */
static void
any_rate_at_any_time_is_one(void **state)
{
	static const uint32_t counts[] = { 1, 2, 3, 999, 999983, 1000000,
		UINT32_MAX }; /* more than a setting can be */
	static const msec pers[] = { 1, 7, 1000, DAY - 1, DAY };
	static const msec times[] = { 0, 1, DAY, LIFE, INT64_MAX / NSEC, INT64_MAX / 2,
		INT64_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts) * ARRAY_SIZE(counts); i++)
		for (size_t j = 0; j < ARRAY_SIZE(pers) * ARRAY_SIZE(times); j++) {
			const struct setting_rate rate = { counts[i % 7], counts[i / 7],
				pers[j % 5] };
			msec now = times[j / 5], ahead = times[(i + j) % 7];
			struct bucket bucket = { 0 };

			assert_in_range(bucket_left(&bucket, &rate, now), 1, rate.burst);
			for (int step = 0; step < 10; step++) {
				msec wait = bucket_wait(&bucket, &rate, ahead, now);

				assert_true(wait >= 0);
				assert_true(step < (int64_t)rate.burst || wait > 0);
				if (wait > ahead)
					break;
				bucket_take(&bucket, &rate, ahead, now);
				assert_true(bucket.full_at > 0);
				assert_true(bucket_full_at(&bucket) > 0);
			}
		}
}

static void
a_huge_burst_can_be_used_up(void **state)
{
	const struct setting_rate minute = { .count = 1, .burst = 1000000, .per = 60000 };
	const struct setting_rate day = { .count = 1, .burst = 1000000, .per = DAY };
	struct bucket bucket = { 0 };
	uint32_t taken = 0;

	(void)state;
	for (; bucket_wait(&bucket, &minute, 0, 1000) == 0; taken++)
		bucket_take(&bucket, &minute, 0, 1000);
	assert_int_equal(taken, 1000000);
	assert_int_equal(bucket_wait(&bucket, &minute, 0, 1000), 60000);

	/* As many as come in 73 years. */
	bucket = (struct bucket){ 0 };
	for (taken = 0; bucket_wait(&bucket, &day, 0, 1000) == 0; taken++)
		bucket_take(&bucket, &day, 0, 1000);
	assert_in_range(taken, 73 * 365, 74 * 365);
}

static void
tokens_that_come_by_the_nanosecond_are_counted(void **state)
{
	const struct setting_rate rate = { .count = 1000000, .burst = 1000000, .per = 1 };
	struct bucket bucket = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++)
		bucket_take(&bucket, &rate, 0, 5);
	assert_int_equal(bucket_left(&bucket, &rate, 5), 0);
	assert_int_equal(bucket_wait(&bucket, &rate, 0, 5), 1);
	assert_int_equal(bucket_left(&bucket, &rate, 6), 1000000);
}

/* ---- another rate ---- */

static void
the_debt_of_a_slower_rate_keeps_nobody_out(void **state)
{
	const struct setting_rate slow = { .count = 1, .burst = 1, .per = DAY };
	const struct setting_rate fast = { .count = 10, .burst = 5, .per = 1000 };
	struct bucket bucket = { 0 };

	(void)state;
	bucket_take(&bucket, &slow, 0, 1000);
	assert_int_equal(bucket_wait(&bucket, &slow, 0, 1000), DAY);
	assert_int_equal(bucket_wait(&bucket, &fast, 0, 1000), 0);
	bucket_take(&bucket, &fast, 0, 1000);
	/* It was the only one: from now on it is as it should be. */
	assert_int_equal(bucket_wait(&bucket, &fast, 0, 1000), 100);
	assert_int_equal(bucket_left(&bucket, &fast, 1000), 0);
	assert_int_equal(bucket_left(&bucket, &fast, 1500), 5);
}

static void
what_was_promised_is_not_the_debt_of_another_rate(void **state)
{
	const struct setting_rate rate = { .count = 1, .burst = 1, .per = 1000 };
	struct bucket bucket = { 0 };

	(void)state;
	for (int i = 0; i < 6; i++) {
		assert_int_equal(bucket_wait(&bucket, &rate, 5000, 0), i * 1000);
		bucket_take(&bucket, &rate, 5000, 0);
	}
	assert_int_equal(bucket_wait(&bucket, &rate, 5000, 0), 6000);
	/* A second less may be promised from now on: that is too much then. */
	assert_int_equal(bucket_wait(&bucket, &rate, 5000, 999), 5001);
	assert_int_equal(bucket_wait(&bucket, &rate, 4000, 999), 0);
}

/* Whatever was in force before, it is never worse than an empty bucket after all turns
 * that may have been promised, and soon as if nothing had been. */
static void
a_change_of_rate_is_harmless(void **state)
{
	struct chance chance = { 3 };
	struct bucket bucket = { 0 };
	msec now = 0;

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		struct setting_rate rate = some_rate(&chance);
		msec ahead = chance_below(&chance, 3) * 5000;
		msec interval = rate.per / rate.count + 1;

		for (int i = 0; i < 5; i++) {
			msec wait = bucket_wait(&bucket, &rate, ahead, now);

			assert_in_range(wait, 0, ahead + interval);
			assert_int_equal(
			    bucket_wait(&bucket, &rate, ahead, now + wait), 0);
			if (wait <= ahead)
				bucket_take(&bucket, &rate, ahead, now);
		}
		now += some_time(&chance, &rate);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_is_what_dripping_tokens_are),
		cmocka_unit_test(without_a_rate_a_token_is_always_there),
		cmocka_unit_test(three_in_a_second_are_all_there_again_after_it),
		cmocka_unit_test(
		    a_bucket_is_full_at_the_millisecond_it_says_and_not_before),
		cmocka_unit_test(an_hour_admits_what_was_said),
		cmocka_unit_test(any_rate_at_any_time_is_one),
		cmocka_unit_test(a_huge_burst_can_be_used_up),
		cmocka_unit_test(tokens_that_come_by_the_nanosecond_are_counted),
		cmocka_unit_test(the_debt_of_a_slower_rate_keeps_nobody_out),
		cmocka_unit_test(what_was_promised_is_not_the_debt_of_another_rate),
		cmocka_unit_test(a_change_of_rate_is_harmless),
	};

	return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
