/*
 * Room for live sessions, against a model that is too simple to be wrong: an array that
 * says of each slot whether it is taken.
 */
#include "unit.h"

#include "chance.h"
#include "conn.h"
#include "slots.h"

#define CAPACITY 64
#define STEPS 1000000

struct model {
	struct slots slots;
	struct conn *taken[CAPACITY]; /* by index of the slot; NULL: free */
	uint32_t live, most;
};

static void
model_take(struct model *model)
{
	struct conn *conn = slots_take(&model->slots);
	uint32_t i;

	if (conn == NULL) {
		assert_int_equal(model->live, CAPACITY);
		return;
	}
	i = slots_index(&model->slots, conn);
	assert_in_range(i, 0, CAPACITY - 1);
	assert_null(model->taken[i]);
	assert_int_equal(conn->state, CONN_FREE);
	assert_int_equal(conn->number, 0);
	assert_null(conn->next_free);
	conn->state = CONN_RUNNING;
	conn->number = i + 1;
	model->taken[i] = conn;
	model->live++;
	if (model->live > model->most)
		model->most = model->live;
}

static void
model_give(struct model *model, uint32_t i)
{
	if (model->taken[i] == NULL)
		return;
	assert_int_equal(model->taken[i]->number, i + 1);
	slots_give(&model->slots, model->taken[i]);
	model->taken[i] = NULL;
	model->live--;
}

/* A walk meets exactly the live ones, in order. */
static void
model_walk(const struct model *model)
{
	struct conn *at = slots_next(&model->slots, NULL);

	for (uint32_t i = 0; i < CAPACITY; i++) {
		if (model->taken[i] == NULL)
			continue;
		assert_ptr_equal(at, model->taken[i]);
		at = slots_next(&model->slots, at);
	}
	assert_null(at);
}

static void
model_check(const struct model *model)
{
	assert_int_equal(model->slots.live, model->live);
	assert_int_equal(model->slots.segments[0].used_once, model->most);
}

static void
slots_are_what_a_simple_array_is(void **state)
{
	struct model model = { 0 };
	struct chance chance = { 4711 };

	(void)state;
	assert_int_equal(slots_init(&model.slots, CAPACITY), 0);
	for (uint32_t step = 0; step < STEPS; step++) {
		/* Tides, so that both ends are met. */
		bool is_rising = step / 1000 % 2 == 0;

		if (chance_below(&chance, 100) < (is_rising ? 60u : 40u))
			model_take(&model);
		else
			model_give(&model, chance_below(&chance, CAPACITY));
		model_check(&model);
		if (step % 64 == 0)
			model_walk(&model);
	}
	assert_int_equal(model.most, CAPACITY);
	slots_done(&model.slots);
}

static void
what_was_given_last_is_taken_first(void **state)
{
	struct slots slots;
	struct conn *first, *second;

	(void)state;
	assert_int_equal(slots_init(&slots, 2), 0);
	first = slots_take(&slots);
	second = slots_take(&slots);
	assert_null(slots_take(&slots));
	slots_give(&slots, first);
	slots_give(&slots, second);
	assert_ptr_equal(slots_take(&slots), second);
	assert_ptr_equal(slots_take(&slots), first);
	slots_done(&slots);
}

static void
a_slot_can_be_given_back_during_a_walk(void **state)
{
	struct slots slots;
	uint32_t met = 0;

	(void)state;
	assert_int_equal(slots_init(&slots, 5), 0);
	for (int i = 0; i < 5; i++)
		slots_take(&slots)->state = CONN_RUNNING;
	for (struct conn *at = slots_next(&slots, NULL); at != NULL;
	     at = slots_next(&slots, at)) {
		slots_give(&slots, at);
		met++;
	}
	assert_int_equal(met, 5);
	assert_int_equal(slots.live, 0);
	slots_done(&slots);
}

static void
room_is_added_and_nothing_moves(void **state)
{
	struct slots slots;
	struct conn *taken[6];

	(void)state;
	assert_int_equal(slots_init(&slots, 2), 0);
	taken[0] = slots_take(&slots);
	taken[1] = slots_take(&slots);
	assert_null(slots_take(&slots));
	assert_int_equal(slots_grow(&slots, 2), 0);
	assert_null(slots_take(&slots));
	assert_int_equal(slots_grow(&slots, 3), 0);
	assert_true(slots.capacity >= 3);
	assert_int_equal(slots_grow(&slots, 6), 0);
	for (int i = 2; i < 6; i++) {
		taken[i] = slots_take(&slots);
		assert_non_null(taken[i]);
	}
	for (uint32_t i = 0; i < 6; i++) {
		taken[i]->state = CONN_RUNNING;
		assert_int_equal(slots_index(&slots, taken[i]), i);
		assert_ptr_equal(slots_from(&slots, i), taken[i]);
	}
	slots_give(&slots, taken[2]);
	assert_ptr_equal(slots_from(&slots, 2), taken[3]);
	assert_ptr_equal(slots_next(&slots, taken[1]), taken[3]);
	assert_null(slots_next(&slots, taken[5]));
	slots_done(&slots);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_what_a_simple_array_is),
		cmocka_unit_test(what_was_given_last_is_taken_first),
		cmocka_unit_test(a_slot_can_be_given_back_during_a_walk),
		cmocka_unit_test(room_is_added_and_nothing_moves),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
