/*
 * Who may have a process: plain numbers in, a verdict out.
 */
#include "unit.h"

#include "admit.h"

static enum verdict
verdict_on(const struct gate *gate, const struct source *source)
{
	const struct applicant applicant = { .source = source,
		.allowance.max_per_source = gate->max_per_source };
	struct ruling ruling = admit_check(gate, &applicant);

	assert_int_equal(ruling.wait, 0);
	return ruling.verdict;
}

static void
enter(struct charge *charge, struct gate *gate, struct source *source)
{
	admit_enter(charge, gate, source, &(struct applicant){ .source = source });
}

static void
a_full_source_is_refused_until_one_leaves(void **state)
{
	struct gate gate = { .max = 9, .max_per_source = 2 };
	struct source peer = { 0 };
	struct charge charges[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(verdict_on(&gate, &peer), ADMIT);
		enter(&charges[i], &gate, &peer);
	}
	assert_int_equal(verdict_on(&gate, &peer), REFUSE_SOURCE_FULL);

	assert_ptr_equal(admit_leave(&charges[0]), &peer);
	assert_int_equal(verdict_on(&gate, &peer), ADMIT);
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
	enter(&charges[0], &gate, &peer);
	enter(&charges[1], &gate, &peer);
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
	assert_int_equal(verdict_on(&gate, &busy), REFUSE_SOURCE_FULL);
	assert_int_equal(verdict_on(&gate, &other), ADMIT);
}

static void
a_full_service_is_full_for_everybody(void **state)
{
	struct gate gate = { .live = 3, .max = 3, .max_per_source = 1 };
	struct source busy = { .live = 1 }, other = { 0 };

	(void)state;
	assert_int_equal(verdict_on(&gate, &busy), REFUSE_SERVICE_FULL);
	assert_int_equal(verdict_on(&gate, &other), REFUSE_SERVICE_FULL);
}

static void
without_a_limit_one_source_may_have_everything(void **state)
{
	struct gate gate = { .live = 8, .max = 9 };
	struct source peer = { .live = 8 };

	(void)state;
	assert_int_equal(verdict_on(&gate, &peer), ADMIT);
}

static void
clients_that_wait_count_for_their_source(void **state)
{
	struct gate gate = { .max = 9, .max_per_source = 3 };
	struct source peer = { .live = 1, .waiting = 1 };

	(void)state;
	assert_int_equal(verdict_on(&gate, &peer), ADMIT);
	peer.waiting = 2;
	assert_int_equal(verdict_on(&gate, &peer), REFUSE_SOURCE_FULL);
	peer = (struct source){ .live = UINT32_MAX, .waiting = UINT32_MAX };
	assert_int_equal(verdict_on(&gate, &peer), REFUSE_SOURCE_FULL);
}

static void
the_rule_that_let_it_in_says_how_many_it_may_have(void **state)
{
	struct gate gate = { .max = 9, .max_per_source = 1 };
	struct source peer = { .live = 3 };
	struct applicant applicant = { .source = &peer, .allowance.max_per_source = 4 };

	(void)state;
	assert_int_equal(admit_check(&gate, &applicant).verdict, ADMIT);
	peer.live = 4;
	assert_int_equal(admit_check(&gate, &applicant).verdict, REFUSE_SOURCE_FULL);
}

static void
what_is_reserved_is_for_those_that_are_exempt(void **state)
{
	struct gate gate = { .live = 5, .max = 9, .reserve = 3 };
	struct source peer = { 0 };
	struct applicant honest = { .source = &peer };
	struct applicant exempt = { .source = &peer, .is_exempt = true };

	(void)state;
	assert_int_equal(admit_check(&gate, &honest).verdict, ADMIT);
	for (gate.live = 6; gate.live < 9; gate.live++) {
		assert_int_equal(
		    admit_check(&gate, &honest).verdict, REFUSE_SERVICE_FULL);
		assert_int_equal(admit_check(&gate, &exempt).verdict, ADMIT);
		assert_false(admit_has_room(&gate, false));
		assert_true(admit_has_room(&gate, true));
	}
	assert_int_equal(admit_check(&gate, &exempt).verdict, REFUSE_SERVICE_FULL);
	assert_false(admit_has_room(&gate, true));

	/* As much as there is, or more. */
	gate = (struct gate){ .max = 9, .reserve = UINT32_MAX };
	assert_false(admit_has_room(&gate, false));
	assert_true(admit_has_room(&gate, true));
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
who_is_not_decided_yet_has_a_place_kept(void **state)
{
	struct gate gate = { .live = 1, .pending = 1, .max = 3 };

	(void)state;
	assert_true(admit_listening(&gate));
	gate.pending = 2;
	assert_false(admit_listening(&gate));
	gate.refuses_when_full = true;
	assert_true(admit_listening(&gate));
	gate = (struct gate){ .live = UINT32_MAX, .pending = UINT32_MAX, .max = 3 };
	assert_false(admit_listening(&gate));
}

static void
one_turned_away_after_all_never_was_in(void **state)
{
	struct gate gate = { .max = 9 };
	struct source peer = { 0 };
	struct charge charge = { 0 };

	(void)state;
	enter(&charge, &gate, &peer);
	assert_ptr_equal(admit_withdraw(&charge), &peer);
	assert_null(admit_withdraw(&charge));
	assert_int_equal(gate.live, 0);
	assert_int_equal(gate.entered, 0);
	assert_int_equal(gate.left, 0);
	assert_int_equal(peer.live, 0);
}

/* A strict memory was full of others. */
static void
one_that_is_exempt_needs_no_source(void **state)
{
	struct gate gate = { .max = 9 };
	const struct applicant exempt = { .is_exempt = true };
	struct charge charge = { 0 };

	(void)state;
	assert_int_equal(admit_check(&gate, &exempt).verdict, ADMIT);
	admit_enter(&charge, &gate, NULL, &exempt);
	assert_int_equal(gate.live, 1);
	assert_null(admit_leave(&charge));
	assert_int_equal(gate.live, 0);
	assert_int_equal(gate.left, 1);
	assert_null(charge.gate);

	admit_enter(&charge, &gate, NULL, &exempt);
	assert_null(admit_withdraw(&charge));
	assert_int_equal(gate.live, 0);
	assert_int_equal(gate.entered, 1);
	assert_int_equal(gate.left, 1);
}

static void
the_gate_remembers_how_many_came_and_the_most_at_once(void **state)
{
	struct gate gate = { .max = 9 };
	struct source peer = { 0 };
	struct charge charges[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		enter(&charges[i], &gate, &peer);
	for (size_t i = 0; i < 3; i++)
		(void)admit_leave(&charges[i]);
	enter(&charges[0], &gate, &peer);
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
		cmocka_unit_test(clients_that_wait_count_for_their_source),
		cmocka_unit_test(the_rule_that_let_it_in_says_how_many_it_may_have),
		cmocka_unit_test(what_is_reserved_is_for_those_that_are_exempt),
		cmocka_unit_test(a_full_service_listens_only_to_refuse),
		cmocka_unit_test(who_is_not_decided_yet_has_a_place_kept),
		cmocka_unit_test(one_turned_away_after_all_never_was_in),
		cmocka_unit_test(one_that_is_exempt_needs_no_source),
		cmocka_unit_test(the_gate_remembers_how_many_came_and_the_most_at_once),
		cmocka_unit_test(pauses_double_up_to_a_second),
	};

	return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}
