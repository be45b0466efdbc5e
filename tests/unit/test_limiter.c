/*
 * How often the same thing may be said: a few lines, then only a count.
 */
#include "unit.h"

#include "limiter.h"

#define BEGIN 1000
#define WINDOW LIMITER_WINDOW_MS

static uint64_t more;
static msec more_ms;

static bool
allows(struct limiter *limiter, msec now)
{
	return limiter_allows(limiter, now, &more, &more_ms);
}

/* A window that is full, with `untold` more of which nothing was said. */
static struct limiter
full_window(uint64_t untold)
{
	struct limiter limiter = { 0 };

	for (int i = 0; i < LIMITER_LINES; i++)
		assert_true(allows(&limiter, BEGIN));
	while (untold-- > 0)
		assert_false(allows(&limiter, BEGIN));
	return limiter;
}

static void
the_first_lines_of_a_window_are_said(void **state)
{
	struct limiter limiter = full_window(0);

	(void)state;
	assert_int_equal(more, 0);
	assert_int_equal(more_ms, 0);
	assert_false(allows(&limiter, BEGIN));
	assert_false(allows(&limiter, BEGIN + WINDOW - 1));
}

static void
the_next_window_says_how_many_were_not(void **state)
{
	struct limiter limiter = full_window(37);

	(void)state;
	assert_true(allows(&limiter, BEGIN + 3 * WINDOW));
	assert_int_equal(more, 37);
	assert_int_equal(more_ms, 3 * WINDOW);
	assert_true(allows(&limiter, BEGIN + 3 * WINDOW));
	assert_int_equal(more, 0);
	assert_int_equal(more_ms, 0);
}

static void
a_new_window_has_all_its_lines(void **state)
{
	struct limiter limiter = full_window(1);

	(void)state;
	for (int i = 0; i < LIMITER_LINES; i++)
		assert_true(allows(&limiter, BEGIN + WINDOW));
	assert_false(allows(&limiter, BEGIN + WINDOW));
}

static void
a_flood_that_stops_is_flushed_once_its_window_is_over(void **state)
{
	struct limiter limiter = full_window(5);

	(void)state;
	assert_int_equal(limiter_due(&limiter), BEGIN + WINDOW);
	assert_int_equal(limiter_flush(&limiter, BEGIN + WINDOW - 1), 0);
	assert_int_equal(limiter_due(&limiter), BEGIN + WINDOW);
	assert_int_equal(limiter_flush(&limiter, BEGIN + WINDOW), 5);
	assert_int_equal(limiter_due(&limiter), 0);
	assert_int_equal(limiter_flush(&limiter, BEGIN + 2 * WINDOW), 0);
}

static void
nothing_untold_needs_no_flush(void **state)
{
	struct limiter never = { 0 };
	struct limiter limiter = full_window(0);

	(void)state;
	assert_int_equal(limiter_due(&never), 0);
	assert_int_equal(limiter_flush(&never, BEGIN), 0);
	assert_int_equal(limiter_due(&limiter), 0);
	assert_int_equal(limiter_flush(&limiter, BEGIN + WINDOW), 0);
}

static void
what_was_flushed_is_not_told_again(void **state)
{
	struct limiter limiter = full_window(5);

	(void)state;
	assert_int_equal(limiter_flush(&limiter, BEGIN + WINDOW), 5);
	assert_true(allows(&limiter, BEGIN + WINDOW + 1));
	assert_int_equal(more, 0);
	assert_int_equal(more_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_lines_of_a_window_are_said),
		cmocka_unit_test(the_next_window_says_how_many_were_not),
		cmocka_unit_test(a_new_window_has_all_its_lines),
		cmocka_unit_test(a_flood_that_stops_is_flushed_once_its_window_is_over),
		cmocka_unit_test(nothing_untold_needs_no_flush),
		cmocka_unit_test(what_was_flushed_is_not_told_again),
	};

	return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
