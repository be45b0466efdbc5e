/*
 * Numbers of users that only one session has: given out in turn, never twice.
 */
#include "unit.h"

#include <string.h>

#include "own_ids.h"

static int
setup(void **state)
{
	static struct own_ids ids;

	memset(&ids, 0, sizeof(ids));
	*state = &ids;
	return 0;
}

#define with_ids(test) cmocka_unit_test_setup(test, setup)

static void
numbers_are_given_out_in_turn(void **state)
{
	struct own_ids *ids = *state;
	struct own_range *range = own_ids_get(ids, 1000, 1003);

	for (uint32_t round = 0; round < 3; round++)
		for (uint32_t i = 1000; i <= 1003; i++) {
			assert_int_equal(own_ids_take(range), i);
			own_ids_give(range, i);
		}
	own_ids_put(ids, range);
	assert_null(ids->ranges);
	assert_true(RB_EMPTY(&ids->pages));
}

static void
nobody_gets_what_somebody_has(void **state)
{
	struct own_ids *ids = *state;
	struct own_range *range = own_ids_get(ids, 1000, 1003);

	for (uint32_t i = 1000; i <= 1003; i++)
		assert_int_equal(own_ids_take(range), i);
	assert_int_equal(own_ids_take(range), 0);
	own_ids_give(range, 1002);
	assert_int_equal(own_ids_take(range), 1002);
	assert_int_equal(own_ids_take(range), 0);
	own_ids_put(ids, range);
}

static void
a_range_is_the_same_for_all_who_have_it(void **state)
{
	struct own_ids *ids = *state;
	struct own_range *range = own_ids_get(ids, 7, 9);

	assert_int_equal(own_ids_take(range), 7);
	assert_ptr_equal(own_ids_get(ids, 7, 9), range);
	own_ids_put(ids, range); /* of the earlier set */
	assert_int_equal(own_ids_take(range), 8);
	own_ids_put(ids, range);
	own_ids_put(ids, NULL);
}

static void
ranges_that_overlap_share_their_numbers(void **state)
{
	struct own_ids *ids = *state;
	struct own_range *low = own_ids_get(ids, 1, 5000);
	struct own_range *high = own_ids_get(ids, 4000, 9000);

	low->turn = 4000;
	assert_int_equal(own_ids_take(low), 4000);
	assert_int_equal(own_ids_take(high), 4001);
	assert_int_equal(own_ids_take(low), 4002);
	own_ids_give(low, 4000);
	own_ids_put(ids, low);
	assert_false(own_ids_claim(high, 4002)); /* still noted */
	assert_true(own_ids_claim(high, 4000));
	own_ids_put(ids, high);
	assert_true(RB_EMPTY(&ids->pages));
}

static void
just_one_can_be_claimed(void **state)
{
	struct own_ids *ids = *state;
	struct own_range *range = own_ids_get(ids, 1000, 1003);

	assert_false(own_ids_claim(range, 999));
	assert_false(own_ids_claim(range, 1004));
	assert_true(own_ids_claim(range, 1001));
	assert_false(own_ids_claim(range, 1001));
	assert_int_equal(own_ids_take(range), 1000);
	assert_int_equal(own_ids_take(range), 1002);
	own_ids_put(ids, range);
}

/* From the first to the last page, and over the largest numbers there are. */
static void
all_of_a_wide_range_are_given_out_once(void **state)
{
	static const uint32_t firsts[] = { 1, 4095, 4096, 100000, UINT32_MAX - 1048576 };
	struct own_ids *ids = *state;

	for (size_t i = 0; i < ARRAY_SIZE(firsts); i++) {
		uint32_t first = firsts[i], last = first + 1048575;
		struct own_range *range = own_ids_get(ids, first, last);

		assert_non_null(range);
		range->turn = first + 500000;
		for (uint32_t k = 0; k < 1048576; k++)
			if (own_ids_take(range) != first + (500000 + k) % 1048576)
				fail_msg("the %u-th from %u on", k, first);
		assert_int_equal(own_ids_take(range), 0);
		own_ids_give(range, first + 499999);
		assert_int_equal(own_ids_take(range), first + 499999);
		own_ids_put(ids, range);
	}
}

/* A model that is too simple to be wrong. */
static void
it_does_what_a_list_would(void **state)
{
	enum { FIRST = 4000, COUNT = 8300 };
	static bool is_taken[COUNT];
	struct own_ids *ids = *state;
	struct own_range *range = own_ids_get(ids, FIRST, FIRST + COUNT - 1);
	uint64_t random = 88172645463325252;
	uint32_t turn = 0, live = 0;

	for (uint32_t step = 0; step < 100000; step++) {
		uint32_t number, wanted = turn;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		number = (uint32_t)(random % COUNT);
		if (is_taken[number] && step % 3 == 0) {
			own_ids_give(range, FIRST + number);
			is_taken[number] = false;
			live--;
		}
		if (live == COUNT) {
			assert_int_equal(own_ids_take(range), 0);
			continue;
		}
		while (is_taken[wanted])
			wanted = (wanted + 1) % COUNT;
		assert_int_equal(own_ids_take(range), FIRST + wanted);
		is_taken[wanted] = true;
		live++;
		turn = (wanted + 1) % COUNT;
	}
	own_ids_put(ids, range);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_ids(numbers_are_given_out_in_turn),
		with_ids(nobody_gets_what_somebody_has),
		with_ids(a_range_is_the_same_for_all_who_have_it),
		with_ids(ranges_that_overlap_share_their_numbers),
		with_ids(just_one_can_be_claimed),
		with_ids(all_of_a_wide_range_are_given_out_once),
		with_ids(it_does_what_a_list_would),
	};

	return cmocka_run_group_tests_name("own_ids", tests, NULL, NULL);
}
