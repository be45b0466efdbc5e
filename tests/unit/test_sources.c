/*
 * Clients and their counts, against a model that is too simple to be wrong: an array of
 * counts, one for each key there can be.  Nothing is remembered here.
 */
#include "unit.h"

#include "chance.h"
#include "sources.h"

#define CAPACITY 48
#define KEYS 200
#define STEPS 1000000

struct model {
	struct sources sources;
	struct memory memory;
	struct source *known[KEYS];
	uint32_t live[KEYS];
	uint32_t count; /* keys that are known */
};

/* Keys of all families that lie close together, and far apart. */
static struct addr_key
key_of(uint32_t number)
{
	struct addr_key key = { .family = AF_INET6, .prefix = 64 };

	if (number % 4 == 0)
		return addr_key_of_id(AF_UNIX, number);
	if (number % 4 == 1)
		return addr_key_of_id(AF_VSOCK, number - 1);
	if (number % 4 == 2)
		key = (struct addr_key){ .family = AF_INET, .prefix = 32 };
	key.bytes[number % 3] = (uint8_t)number;
	return key;
}

static struct source *
model_get(struct model *model, uint32_t i)
{
	struct addr_key key = key_of(i);

	return sources_get(&model->sources, &model->memory, &key, 0);
}

static void
model_enter(struct model *model, uint32_t i)
{
	struct addr_key key = key_of(i);
	struct source *source = model_get(model, i);

	if (source == NULL) {
		assert_null(model->known[i]);
		assert_int_equal(model->count, CAPACITY);
		return;
	}
	if (model->known[i] == NULL) {
		assert_int_equal(source->live, 0);
		model->count++;
	} else {
		assert_ptr_equal(source, model->known[i]);
	}
	assert_int_equal(addr_key_compare(&source->key, &key), 0);
	model->known[i] = source;
	source->live++;
	model->live[i]++;
}

static void
model_leave(struct model *model, uint32_t i)
{
	if (model->known[i] == NULL)
		return;
	model->live[i]--;
	model->known[i]->live--;
	sources_put(&model->sources, model->known[i], 0);
	if (model->live[i] > 0)
		return;
	model->known[i] = NULL;
	model->count--;
}

static void
model_check(const struct model *model, uint32_t i)
{
	assert_true(model->sources.segments[0].used_once <= CAPACITY);
	assert_true(model->sources.segments[0].used_once >= model->count);
	assert_int_equal(model->sources.known, model->count);
	assert_int_equal(model->memory.idle, 0);
	if (model->known[i] != NULL)
		assert_int_equal(model->known[i]->live, model->live[i]);
}

/* All that are known are found again, and the pool has room for the rest exactly. */
static void
model_check_all(struct model *model)
{
	uint32_t free = 0;

	for (uint32_t i = 0; i < KEYS; i++) {
		struct addr_key key = key_of(i);

		model_check(model, i);
		assert_ptr_equal(
		    sources_find(&model->sources, &model->memory, &key), model->known[i]);
	}
	for (struct source *at = model->sources.free; at != NULL; at = at->next_free)
		free++;
	assert_int_equal(free + model->count, model->sources.segments[0].used_once);
}

static void
sources_are_what_a_simple_array_is(void **state)
{
	struct model model = { 0 };
	struct chance chance = { 4711 };

	(void)state;
	memory_init(&model.memory, 7);
	assert_int_equal(sources_init(&model.sources, CAPACITY), 0);
	for (uint32_t step = 0; step < STEPS; step++) {
		bool is_rising = step / 1000 % 2 == 0;
		uint32_t i = chance_below(&chance, KEYS);

		if (chance_below(&chance, 100) < (is_rising ? 60u : 30u))
			model_enter(&model, i);
		else
			model_leave(&model, i);
		model_check(&model, i);
		if (step % 512 == 0)
			model_check_all(&model);
	}
	assert_int_equal(model.sources.segments[0].used_once, CAPACITY);
	sources_done(&model.sources);
}

static void
a_source_is_forgotten_when_nothing_is_left_to_remember(void **state)
{
	const struct addr_key key = addr_key_of_id(AF_UNIX, 1000);
	const struct addr_key other = addr_key_of_id(AF_UNIX, 1001);
	struct memory memory;
	struct sources sources;
	struct source *source;

	(void)state;
	memory_init(&memory, 7);
	assert_int_equal(sources_init(&sources, 1), 0);
	source = sources_get(&sources, &memory, &key, 0);
	source->live = 1;
	sources_put(&sources, source, 0);
	assert_null(sources_get(&sources, &memory, &other, 0));
	assert_ptr_equal(sources_get(&sources, &memory, &key, 0), source);
	source->live = 0;
	sources_put(&sources, source, 0);
	assert_null(sources_find(&sources, &memory, &key));
	assert_ptr_equal(sources_get(&sources, &memory, &other, 0), source);
	assert_int_equal(source->live, 0);
	sources_done(&sources);
}

static void
each_service_counts_for_itself_and_room_is_added(void **state)
{
	const struct addr_key key = addr_key_of_id(AF_UNIX, 1000);
	struct memory one, two;
	struct sources sources;
	struct source *first, *second;

	(void)state;
	memory_init(&one, 1);
	memory_init(&two, 2);
	assert_int_equal(sources_init(&sources, 1), 0);
	first = sources_get(&sources, &one, &key, 0);
	first->live = 1;
	assert_null(sources_get(&sources, &two, &key, 0));
	assert_int_equal(sources_grow(&sources, 2), 0);
	second = sources_get(&sources, &two, &key, 0);
	assert_non_null(second);
	assert_ptr_not_equal(first, second);
	assert_int_equal(second->live, 0);
	second->live = 1;
	assert_ptr_equal(sources_get(&sources, &one, &key, 0), first);
	assert_ptr_equal(sources_get(&sources, &two, &key, 0), second);
	sources_done(&sources);
}

/* In three segments, of which each has free ones between. */
static void
all_that_are_known_are_come_by_one_after_the_other(void **state)
{
	struct memory memory;
	struct sources sources;
	struct source *all[40];
	uint32_t index = 0, seen = 0;

	(void)state;
	memory_init(&memory, 1);
	assert_int_equal(sources_init(&sources, 10), 0);
	assert_null(sources_from(&sources, 0, &index));
	assert_int_equal(sources_grow(&sources, 20), 0);
	assert_int_equal(sources_grow(&sources, 40), 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct addr_key key = key_of(i);

		all[i] = sources_get(&sources, &memory, &key, 0);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(all); i++)
		if (i % 3 != 1)
			sources_put(&sources, all[i], 0);

	for (index = 0;; index++) {
		struct source *source = sources_from(&sources, index, &index);

		if (source == NULL)
			break;
		assert_ptr_equal(source, all[index]);
		assert_int_equal(index % 3, 1);
		seen++;
	}
	assert_int_equal(seen, 13);
	assert_int_equal(sources.known, 13);
	assert_null(sources_from(&sources, UINT32_MAX, &index));
	sources_done(&sources);
}

/* What a hundred thousand of them cost. */
static void
a_source_is_two_cache_lines(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct source), 128);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_what_a_simple_array_is),
		cmocka_unit_test(a_source_is_forgotten_when_nothing_is_left_to_remember),
		cmocka_unit_test(each_service_counts_for_itself_and_room_is_added),
		cmocka_unit_test(all_that_are_known_are_come_by_one_after_the_other),
		cmocka_unit_test(a_source_is_two_cache_lines),
	};

	return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
