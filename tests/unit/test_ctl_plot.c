/*
 * Numbers over time as characters.
 */
#include "unit.h"

#include "plot.h"

static void
plot_all(struct plot *plot, const int64_t *samples, size_t count)
{
	memset(plot, 0, sizeof(*plot));
	for (size_t i = 0; i < count; i++)
		plot_add(plot, samples[i]);
}

static void
the_newest_is_at_the_right_and_the_peak_fills_the_field(void **state)
{
	const int64_t samples[] = { 0, 1, 2, 4 };
	const struct plot_field field = { .width = 5, .height = 1, .peak = 4 };
	struct plot plot;

	(void)state;
	plot_all(&plot, samples, ARRAY_SIZE(samples));
	assert_put(plot_put_line(&put_here, &plot, &field, 0), "  ..:");
}

static void
lines_are_from_the_top(void **state)
{
	const int64_t samples[] = { 1, 2, 3, 4 };
	const struct plot_field field = { .width = 4, .height = 2, .peak = 4 };
	struct plot plot;

	(void)state;
	plot_all(&plot, samples, ARRAY_SIZE(samples));
	assert_put(plot_put_line(&put_here, &plot, &field, 0), "  .:");
	assert_put(plot_put_line(&put_here, &plot, &field, 1), ".:::");
}

static void
braille_has_two_samples_to_a_character(void **state)
{
	const int64_t samples[] = { 1, 2, 3, 4, 0, 4 };
	const struct plot_field field = {
		.width = 4, .height = 1, .peak = 4, .is_braille = true
	};
	struct plot plot;

	(void)state;
	plot_all(&plot, samples, ARRAY_SIZE(samples));
	assert_put(
	    plot_put_line(&put_here, &plot, &field, 0), "\u2800\u28e0\u28fe\u28b8");
}

static void
what_is_not_nothing_can_be_seen(void **state)
{
	const int64_t samples[] = { 0, 1, -1, 1000 };
	const struct plot_field field = { .width = 4, .height = 2, .peak = 1000 };
	struct plot plot;

	(void)state;
	plot_all(&plot, samples, ARRAY_SIZE(samples));
	assert_put(plot_put_line(&put_here, &plot, &field, 0), "   :");
	assert_put(plot_put_line(&put_here, &plot, &field, 1), " . :");
}

static void
the_peak_is_that_of_what_is_shown(void **state)
{
	struct plot plot = { 0 };

	(void)state;
	assert_int_equal(plot_peak(&plot, 10, true), 0);
	plot_add(&plot, 50);
	for (int i = 0; i < 10; i++)
		plot_add(&plot, i);
	assert_int_equal(plot_peak(&plot, 10, false), 9);
	assert_int_equal(plot_peak(&plot, 10, true), 50);
}

static void
old_samples_are_forgotten(void **state)
{
	struct plot plot = { 0 };

	(void)state;
	plot_add(&plot, 7);
	for (int i = 0; i < PLOT_SAMPLES; i++)
		plot_add(&plot, 1);
	assert_int_equal(plot.count, PLOT_SAMPLES);
	assert_int_equal(plot_peak(&plot, 10000, true), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_is_at_the_right_and_the_peak_fills_the_field),
		cmocka_unit_test(lines_are_from_the_top),
		cmocka_unit_test(braille_has_two_samples_to_a_character),
		cmocka_unit_test(what_is_not_nothing_can_be_seen),
		cmocka_unit_test(the_peak_is_that_of_what_is_shown),
		cmocka_unit_test(old_samples_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
