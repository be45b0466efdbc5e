/*
 * The deadlines of one session: the earliest first, each once.
 */
#include "unit.h"

#include "clocks.h"

static void
nothing_set_is_never_due(void **state)
{
	struct clocks clocks = { 0 };
	enum due due = DUE_COUNT;

	(void)state;
	assert_int_equal(clocks_next(&clocks), 0);
	assert_false(clocks_take(&clocks, INT64_MAX, &due));
	assert_int_equal(due, DUE_COUNT);
}

static void
a_deadline_is_due_from_its_millisecond_on(void **state)
{
	struct clocks clocks = { .at[DUE_IDLE] = 100 };
	enum due due;

	(void)state;
	assert_int_equal(clocks_next(&clocks), 100);
	assert_false(clocks_take(&clocks, 99, &due));
	assert_true(clocks_take(&clocks, 100, &due));
	assert_int_equal(due, DUE_IDLE);
}

static void
what_is_taken_is_no_longer_set(void **state)
{
	struct clocks clocks = { .at[DUE_GRACE] = 5 };
	enum due due;

	(void)state;
	assert_true(clocks_take(&clocks, 7, &due));
	assert_int_equal(clocks_next(&clocks), 0);
	assert_false(clocks_take(&clocks, 7, &due));
}

static void
the_earliest_is_taken_first_whatever_its_kind(void **state)
{
	struct clocks clocks = { 0 };
	enum due due;

	(void)state;
	for (int i = 0; i < DUE_COUNT; i++)
		clocks.at[i] = 1000 - i;
	for (int i = DUE_COUNT - 1; i >= 0; i--) {
		assert_int_equal(clocks_next(&clocks), 1000 - i);
		assert_true(clocks_take(&clocks, 1000, &due));
		assert_int_equal(due, i);
	}
	assert_int_equal(clocks_next(&clocks), 0);
}

static void
at_the_same_time_the_order_is_that_of_the_kinds(void **state)
{
	struct clocks clocks = { .at = { [DUE_LINGER] = 9, [DUE_SESSION] = 9 } };
	enum due due;

	(void)state;
	assert_true(clocks_take(&clocks, 9, &due));
	assert_int_equal(due, DUE_SESSION);
	assert_true(clocks_take(&clocks, 9, &due));
	assert_int_equal(due, DUE_LINGER);
}

static void
what_is_later_stays_set(void **state)
{
	struct clocks clocks = { .at = { [DUE_SESSION] = 50, [DUE_IDLE] = 20 } };
	enum due due;

	(void)state;
	assert_true(clocks_take(&clocks, 30, &due));
	assert_int_equal(due, DUE_IDLE);
	assert_false(clocks_take(&clocks, 30, &due));
	assert_int_equal(clocks_next(&clocks), 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_set_is_never_due),
		cmocka_unit_test(a_deadline_is_due_from_its_millisecond_on),
		cmocka_unit_test(what_is_taken_is_no_longer_set),
		cmocka_unit_test(the_earliest_is_taken_first_whatever_its_kind),
		cmocka_unit_test(at_the_same_time_the_order_is_that_of_the_kinds),
		cmocka_unit_test(what_is_later_stays_set),
	};

	return cmocka_run_group_tests_name("clocks", tests, NULL, NULL);
}
