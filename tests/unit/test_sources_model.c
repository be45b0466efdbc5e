/*
 * What is remembered of sources, against a plain list that is searched from end to end
 * and has the same policy.
 */
#include "unit.h"

#include "chance.h"
#include "sources.h"

#define MEMORIES 2
#define KEYS 60
#define CAPACITY (MEMORIES * KEYS)
#define STEPS 300000

struct entry {
	struct source *source; /* NULL: not known */
	bool is_idle, is_out;
	uint32_t live, waiting;
	msec over_at;
	struct bucket bucket;
	struct penalty penalty;
};

struct model {
	struct sources sources;
	struct memory memories[MEMORIES];
	struct entry entries[MEMORIES][KEYS];
	msec now;
	struct chance chance;
	uint32_t refused, evicted, dropped, expired; /* so that each is known to happen */
};

static uint32_t
below(struct model *model, uint32_t bound)
{
	return chance_below(&model->chance, bound);
}

static struct addr_key
key_of(uint32_t number)
{
	return addr_key_of_id(AF_UNIX, number * 7919);
}

/* ---- the same policy, slowly ---- */

static uint32_t
count_idle(const struct model *model, int owner)
{
	uint32_t count = 0;

	for (int i = 0; i < KEYS; i++)
		count += model->entries[owner][i].is_idle;
	return count;
}

static struct entry *
first_of(struct model *model, int owner, bool is_out)
{
	struct entry *first = NULL;

	for (int i = 0; i < KEYS; i++) {
		struct entry *entry = &model->entries[owner][i];

		if (entry->is_idle && entry->is_out == is_out &&
		    (first == NULL || entry->over_at < first->over_at ||
			(entry->over_at == first->over_at &&
			    entry->source < first->source)))
			first = entry;
	}
	return first;
}

static struct entry *
first_idle(struct model *model, int owner)
{
	struct entry *first = first_of(model, owner, false);

	return first != NULL ? first : first_of(model, owner, true);
}

static msec
forget_at(const struct model *model, int owner, const struct entry *entry)
{
	msec full_at = bucket_full_at(&entry->bucket);
	msec over_at = penalty_forget_at(&entry->penalty, &model->memories[owner].limits);

	return full_at > over_at ? full_at : over_at;
}

static void
forget(struct entry *entry)
{
	*entry = (struct entry){ 0 };
}

static bool
is_out(const struct model *model, const struct entry *entry)
{
	return penalty_left(&entry->penalty, model->now) > 0;
}

static void
expected_of_put(struct model *model, int owner, struct entry *entry)
{
	const struct memory *memory = &model->memories[owner];
	struct entry *first;

	if (entry->live > 0 || entry->waiting > 0)
		return;
	entry->is_out = is_out(model, entry);
	entry->over_at =
	    entry->is_out ? entry->penalty.until : forget_at(model, owner, entry);
	entry->is_idle = forget_at(model, owner, entry) > model->now;
	if (!entry->is_idle) {
		forget(entry);
		return;
	}
	if (count_idle(model, owner) <= memory->most)
		return;
	first = first_idle(model, owner);
	if (memory->is_strict && is_out(model, first) && !is_out(model, entry))
		first = entry;
	if (first == entry)
		model->dropped++;
	else
		model->evicted++;
	forget(first);
}

/* May the source be had? */
static bool
expected_of_get(struct model *model, int owner, struct entry *entry)
{
	const struct memory *memory = &model->memories[owner];
	struct entry *first;

	entry->is_idle = false;
	for (int i = 0; i < 2; i++) {
		first = first_of(model, owner, true);
		if (first != NULL && first->over_at <= model->now) {
			first->is_out = false;
			first->over_at = forget_at(model, owner, first);
		}
		first = first_of(model, owner, false);
		if (first != NULL && first->over_at <= model->now) {
			forget(first);
			model->expired++;
		}
	}
	first = first_idle(model, owner);
	return entry->source != NULL || !memory->is_strict || first == NULL ||
	       count_idle(model, owner) < memory->most || !is_out(model, first);
}

/* ---- what happens ---- */

/* Something to remember, in both. */
static void
change(struct model *model, int owner, struct entry *entry)
{
	const struct setting_rate rate = { 1, 3, 50 };
	uint32_t what = below(model, 4);
	msec cost = 1 + below(model, 1000);

	if (what == 0) {
		bucket_take(&entry->bucket, &rate, 0, model->now);
		bucket_take(&entry->source->bucket, &rate, 0, model->now);
	} else if (what == 1) {
		const struct penalty_limits *limits = &model->memories[owner].limits;

		(void)penalty_add(
		    &entry->penalty, limits, OFFENCE_EXIT, cost, model->now);
		(void)penalty_add(
		    &entry->source->penalty, limits, OFFENCE_EXIT, cost, model->now);
	}
}

static void
step_get(struct model *model, int owner, uint32_t i)
{
	struct entry *entry = &model->entries[owner][i];
	struct addr_key key = key_of(i);
	bool is_there = expected_of_get(model, owner, entry);
	struct source *source =
	    sources_get(&model->sources, &model->memories[owner], &key, model->now);
	uint32_t what = below(model, 4);

	if (!is_there) {
		assert_null(source);
		model->refused++;
		return;
	}
	assert_non_null(source);
	if (entry->source != NULL)
		assert_ptr_equal(source, entry->source);
	entry->source = source;
	change(model, owner, entry);
	entry->live += what == 0;
	source->live += what == 0;
	entry->waiting += what == 1;
	source->waiting += what == 1;
	expected_of_put(model, owner, entry);
	sources_put(&model->sources, source, model->now);
}

static void
step_leave(struct model *model, int owner, uint32_t i)
{
	struct entry *entry = &model->entries[owner][i];
	struct source *source = entry->source;

	if (entry->live > 0) {
		entry->live--;
		source->live--;
	} else if (entry->waiting > 0) {
		entry->waiting--;
		source->waiting--;
	} else {
		return;
	}
	change(model, owner, entry);
	expected_of_put(model, owner, entry);
	sources_put(&model->sources, source, model->now);
}

static void
step_touch(struct model *model, int owner, uint32_t i)
{
	struct entry *entry = &model->entries[owner][i];
	struct source *source = entry->source;

	if (source == NULL)
		return;
	if (below(model, 2) == 0)
		source->penalty = entry->penalty = (struct penalty){ 0 };
	else
		change(model, owner, entry);
	if (entry->is_idle)
		expected_of_put(model, owner, entry);
	sources_touch(&model->sources, source, model->now);
}

static void
step_limit(struct model *model, int owner)
{
	const struct penalty_limits limits = { 500, 20000, below(model, 3) * 1000 };
	struct memory *memory = &model->memories[owner];

	memory_limit(
	    &model->sources, memory, below(model, KEYS), below(model, 2) == 0, &limits);
	for (int i = 0; i < KEYS; i++) {
		struct entry *entry = &model->entries[owner][i];

		if (entry->is_idle && !entry->is_out)
			entry->over_at = forget_at(model, owner, entry);
	}
	while (count_idle(model, owner) > memory->most)
		forget(first_idle(model, owner));
}

static void
step_done(struct model *model, int owner)
{
	memory_done(&model->sources, &model->memories[owner]);
	for (int i = 0; i < KEYS; i++)
		if (model->entries[owner][i].is_idle)
			forget(&model->entries[owner][i]);
}

/* ---- are they alike? ---- */

static void
check_entry(struct model *model, int owner, uint32_t i)
{
	const struct entry *entry = &model->entries[owner][i];
	struct addr_key key = key_of(i);
	const struct source *source =
	    sources_find(&model->sources, &model->memories[owner], &key);

	assert_ptr_equal(source, entry->source);
	if (source == NULL)
		return;
	assert_int_equal(source->is_idle, entry->is_idle);
	assert_int_equal(source->live, entry->live);
	assert_int_equal(source->waiting, entry->waiting);
	assert_int_equal(source->bucket.full_at, entry->bucket.full_at);
	assert_int_equal(source->penalty.until, entry->penalty.until);
	assert_int_equal(source->penalty.level, entry->penalty.level);
	if (entry->is_idle)
		assert_int_equal(source->over_at, entry->over_at);
}

static void
check_all(struct model *model)
{
	uint32_t known = 0, listed = 0;

	for (int owner = 0; owner < MEMORIES; owner++) {
		assert_int_equal(model->memories[owner].idle, count_idle(model, owner));
		for (uint32_t i = 0; i < KEYS; i++) {
			check_entry(model, owner, i);
			known += model->entries[owner][i].source != NULL;
		}
	}
	assert_int_equal(model->sources.known, known);
	for (uint32_t at = 0; sources_from(&model->sources, at, &at) != NULL; at++)
		listed++;
	assert_int_equal(listed, known);
}

static void
a_memory_is_what_a_plain_list_is(void **state)
{
	struct model model = { .chance = { 815 } };

	(void)state;
	assert_int_equal(sources_init(&model.sources, CAPACITY), 0);
	for (int owner = 0; owner < MEMORIES; owner++) {
		memory_init(&model.memories[owner], (uint32_t)owner);
		step_limit(&model, owner);
	}
	for (uint32_t step = 0; step < STEPS; step++) {
		int owner = (int)below(&model, MEMORIES);
		uint32_t what = below(&model, 1000);
		uint32_t i = below(&model, KEYS);

		if (below(&model, 5) == 0)
			model.now += below(&model, 40);
		if (what < 2)
			step_limit(&model, owner);
		else if (what == 2)
			step_done(&model, owner);
		else if (what < 100)
			step_touch(&model, owner, i);
		else if (what < 550)
			step_leave(&model, owner, i);
		else
			step_get(&model, owner, i);
		if (step % 64 == 0)
			check_all(&model);
		check_entry(&model, owner, i);
	}
	assert_true(model.refused > 1000 && model.evicted > 1000);
	assert_true(model.dropped > 1000 && model.expired > 1000);
	sources_done(&model.sources);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_memory_is_what_a_plain_list_is),
	};

	return cmocka_run_group_tests_name("sources model", tests, NULL, NULL);
}
