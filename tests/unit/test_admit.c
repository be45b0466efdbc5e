/*
 * Who may have a process: plain numbers in, a verdict out.
 */
#include "unit.h"

#include "admit.h"

static void
a_full_source_is_refused_until_one_leaves(void **state)
{
	struct gate gate = { .max = 9, .max_per_source = 2 };
	struct source peer = { 0 };
	struct charge charges[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(admit_check(&gate, &peer), ADMIT);
		admit_enter(&charges[i], &gate, &peer);
	}
	assert_int_equal(admit_check(&gate, &peer), REFUSE_SOURCE_FULL);

	assert_ptr_equal(admit_leave(&charges[0]), &peer);
	assert_int_equal(admit_check(&gate, &peer), ADMIT);
	assert_int_equal(gate.live, 1);
	assert_int_equal(peer.live, 1);
}

static void
leaving_twice_changes_nothing(void **state)
{
	struct gate gate = { .max = 9 };
	struct source peer = { 0 };
	struct charge charges[2] = { 0 };

	(void)state;
	admit_enter(&charges[0], &gate, &peer);
	admit_enter(&charges[1], &gate, &peer);
	assert_ptr_equal(admit_leave(&charges[0]), &peer);
	assert_null(admit_leave(&charges[0]));
	assert_int_equal(gate.live, 1);
	assert_int_equal(gate.left, 1);
	assert_int_equal(peer.live, 1);
}

static void
what_never_entered_owes_nothing(void **state)
{
	struct charge charge = { 0 };

	(void)state;
	assert_null(admit_leave(&charge));
}

static void
a_full_source_does_not_hinder_another(void **state)
{
	struct gate gate = { .max = 9, .max_per_source = 1 };
	struct source busy = { .live = 1 }, other = { 0 };

	(void)state;
	gate.live = 1;
	assert_int_equal(admit_check(&gate, &busy), REFUSE_SOURCE_FULL);
	assert_int_equal(admit_check(&gate, &other), ADMIT);
}

static void
a_full_service_is_full_for_everybody(void **state)
{
	struct gate gate = { .live = 3, .max = 3, .max_per_source = 1 };
	struct source busy = { .live = 1 }, other = { 0 };

	(void)state;
	assert_int_equal(admit_check(&gate, &busy), REFUSE_SERVICE_FULL);
	assert_int_equal(admit_check(&gate, &other), REFUSE_SERVICE_FULL);
}

static void
without_a_limit_one_source_may_have_everything(void **state)
{
	struct gate gate = { .live = 8, .max = 9 };
	struct source peer = { .live = 8 };

	(void)state;
	assert_int_equal(admit_check(&gate, &peer), ADMIT);
}

static void
a_full_service_listens_only_to_refuse(void **state)
{
	struct gate gate = { .live = 2, .max = 3 };

	(void)state;
	assert_true(admit_listening(&gate));
	gate.live = 3;
	assert_false(admit_listening(&gate));
	gate.refuses_when_full = true;
	assert_true(admit_listening(&gate));
}

static void
the_gate_remembers_how_many_came_and_the_most_at_once(void **state)
{
	struct gate gate = { .max = 9 };
	struct source peer = { 0 };
	struct charge charges[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		admit_enter(&charges[i], &gate, &peer);
	for (size_t i = 0; i < 3; i++)
		(void)admit_leave(&charges[i]);
	admit_enter(&charges[0], &gate, &peer);
	assert_int_equal(gate.live, 1);
	assert_int_equal(gate.most, 3);
	assert_int_equal(gate.entered, 4);
	assert_int_equal(gate.left, 3);
}

static void
pauses_double_up_to_a_second(void **state)
{
	static const msec expected[] = { 10, 20, 40, 80, 160, 320, 640, 1000, 1000 };

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(admit_pause(i + 1), expected[i]);
	assert_int_equal(admit_pause(0), 10);
	assert_int_equal(admit_pause(UINT32_MAX), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_source_is_refused_until_one_leaves),
		cmocka_unit_test(leaving_twice_changes_nothing),
		cmocka_unit_test(what_never_entered_owes_nothing),
		cmocka_unit_test(a_full_source_does_not_hinder_another),
		cmocka_unit_test(a_full_service_is_full_for_everybody),
		cmocka_unit_test(without_a_limit_one_source_may_have_everything),
		cmocka_unit_test(a_full_service_listens_only_to_refuse),
		cmocka_unit_test(the_gate_remembers_how_many_came_and_the_most_at_once),
		cmocka_unit_test(pauses_double_up_to_a_second),
	};

	return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}
