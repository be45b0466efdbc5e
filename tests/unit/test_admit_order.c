/*
 * Of several reasons to refuse a client the first one is told: all of them, in every
 * combination.
 */
#include "unit.h"

#include "admit.h"

#define NOW 5000
#define PER_MINUTE                                                                       \
	{                                                                                \
		.count = 1, .burst = 1, .per = 60000                                     \
	}

struct scene {
	struct gate gate;
	struct source source;
	struct applicant applicant;
};

static void
deny(struct scene *scene)
{
	scene->applicant.is_denied = true;
}

static void
shut_out(struct scene *scene)
{
	scene->source.penalty = (struct penalty){ .until = NOW + 700, .acts = true };
}

static void
be_unknown(struct scene *scene)
{
	scene->applicant.source = NULL;
}

static void
fill_service(struct scene *scene)
{
	scene->gate.live = scene->gate.max;
}

static void
fill_source(struct scene *scene)
{
	scene->applicant.allowance.max_per_source = 2;
	scene->source.live = 1;
	scene->source.waiting = 1;
}

static void
drop_all(struct scene *scene)
{
	scene->gate.drop = (struct setting_drop){ 1, 100, 1 };
}

static void
exceed_source_rate(struct scene *scene)
{
	scene->applicant.allowance.rate_per_source = (struct setting_rate)PER_MINUTE;
	scene->source.bucket.full_at = (int64_t)(NOW + 60000) * 1000000;
}

static void
exceed_rate(struct scene *scene)
{
	scene->gate.rate = (struct setting_rate)PER_MINUTE;
	scene->gate.bucket.full_at = (int64_t)(NOW + 30000) * 1000000;
}

/* In their order. */
static const struct {
	void (*make)(struct scene *);
	struct ruling ruling;
	bool spares_exempt, spares_waited;
} reasons[] = {
	{ deny, { REFUSE_DENIED, 0 }, false, false },
	{ shut_out, { REFUSE_PENALTY, 700 }, true, false },
	{ be_unknown, { REFUSE_UNKNOWN, 0 }, true, false },
	{ fill_service, { REFUSE_SERVICE_FULL, 0 }, false, false },
	{ fill_source, { REFUSE_SOURCE_FULL, 0 }, true, false },
	{ drop_all, { REFUSE_EARLY, 0 }, true, true },
	{ exceed_source_rate, { REFUSE_SOURCE_RATE, 60000 }, true, true },
	{ exceed_rate, { REFUSE_RATE, 30000 }, true, true },
};

#define IS_SHUT_OUT (1u << 1)
#define IS_UNKNOWN (1u << 2)

static struct ruling
expected_of(unsigned which, const struct applicant *applicant)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if ((which & 1u << i) != 0 &&
		    !(reasons[i].spares_exempt && applicant->is_exempt) &&
		    !(reasons[i].spares_waited && applicant->has_waited))
			return reasons[i].ruling;
	return (struct ruling){ ADMIT, 0 };
}

static void
check_combination(unsigned which, bool is_exempt, bool has_waited)
{
	struct scene scene = { .gate = { .live = 1, .max = 9 } };
	struct ruling ruling, expected;

	/* Nothing is known of who is unknown. */
	if ((which & IS_SHUT_OUT) != 0 && (which & IS_UNKNOWN) != 0)
		return;
	scene.applicant = (struct applicant){ .source = &scene.source,
		.is_exempt = is_exempt,
		.has_waited = has_waited,
		.chance = 4711,
		.now = NOW };
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if ((which & 1u << i) != 0)
			reasons[i].make(&scene);
	expected = expected_of(which, &scene.applicant);
	ruling = admit_check(&scene.gate, &scene.applicant);
	if (ruling.verdict != expected.verdict || ruling.wait != expected.wait)
		fail_msg("%#x%s%s: %d, not %d", which, is_exempt ? " exempt" : "",
		    has_waited ? " waited" : "", ruling.verdict, expected.verdict);
}

static void
the_first_reason_is_told(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 1u << ARRAY_SIZE(reasons); which++)
		check_combination(which, false, false);
}

static void
who_is_exempt_knows_rules_and_the_end_of_all_room_only(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 1u << ARRAY_SIZE(reasons); which++) {
		check_combination(which, true, false);
		check_combination(which, true, true);
	}
}

static void
whose_turn_has_come_is_past_chance_and_rates(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 1u << ARRAY_SIZE(reasons); which++)
		check_combination(which, false, true);
}

/* A penalty that has ended, or never acted, is none. */
static void
only_a_penalty_that_acts_is_a_reason(void **state)
{
	struct gate gate = { .max = 9 };
	struct source source = { .penalty = { .until = NOW + 700, .level = 3 } };
	struct applicant applicant = { .source = &source, .now = NOW };

	(void)state;
	assert_int_equal(admit_check(&gate, &applicant).verdict, ADMIT);
	source.penalty.acts = true;
	assert_int_equal(admit_check(&gate, &applicant).verdict, REFUSE_PENALTY);
	applicant.now = NOW + 699;
	assert_int_equal(admit_check(&gate, &applicant).wait, 1);
	applicant.now = NOW + 700;
	assert_int_equal(admit_check(&gate, &applicant).verdict, ADMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_reason_is_told),
		cmocka_unit_test(who_is_exempt_knows_rules_and_the_end_of_all_room_only),
		cmocka_unit_test(whose_turn_has_come_is_past_chance_and_rates),
		cmocka_unit_test(only_a_penalty_that_acts_is_a_reason),
	};

	return cmocka_run_group_tests_name("admit order", tests, NULL, NULL);
}
