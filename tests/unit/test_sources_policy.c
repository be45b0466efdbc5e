/*
 * Who is forgotten when there are too many, and who is not.
 */
#include "unit.h"

#include "sources.h"

#define SECOND 1000

static const struct penalty_limits limits = {
	.least = 0, .most = 3600 * SECOND, .decay = 1
};

struct scene {
	struct sources sources;
	struct memory memory;
};

static void
begin(struct scene *scene, uint32_t most, bool is_strict)
{
	assert_int_equal(sources_init(&scene->sources, 32), 0);
	memory_init(&scene->memory, 1);
	memory_limit(&scene->sources, &scene->memory, most, is_strict, &limits);
}

static struct source *
get(struct scene *scene, uint32_t id, msec now)
{
	struct addr_key key = addr_key_of_id(AF_VSOCK, id);

	return sources_get(&scene->sources, &scene->memory, &key, now);
}

static struct source *
find(const struct scene *scene, uint32_t id)
{
	struct addr_key key = addr_key_of_id(AF_VSOCK, id);

	return sources_find(&scene->sources, &scene->memory, &key);
}

static void
put(struct scene *scene, struct source *source, msec now)
{
	sources_put(&scene->sources, source, now);
}

/* Came, and has something to be remembered for until then: shut out, or a rate. */
static void
shut_out(struct scene *scene, uint32_t id, msec now, msec until)
{
	struct source *source = get(scene, id, now);

	(void)penalty_add(&source->penalty, &limits, OFFENCE_EXIT, until - now, now);
	put(scene, source, now);
}

static void
slow_down(struct scene *scene, uint32_t id, msec now, msec until)
{
	struct source *source = get(scene, id, now);

	source->bucket.full_at = (int64_t)until * 1000000;
	put(scene, source, now);
}

/* Whoever is shut out stays as long as there is somebody who is not. */
static void
the_one_that_is_forgotten_first_makes_room(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 3, false);
	shut_out(&scene, 1, 0, 30 * SECOND);
	slow_down(&scene, 2, 0, 10 * SECOND);
	shut_out(&scene, 3, 0, 20 * SECOND);
	assert_int_equal(scene.memory.idle, 3);
	slow_down(&scene, 4, 1, 40 * SECOND);
	assert_null(find(&scene, 2));
	shut_out(&scene, 5, 2, 50 * SECOND);
	assert_null(find(&scene, 4));
	shut_out(&scene, 6, 3, 29 * SECOND);
	assert_null(find(&scene, 3));
	/* That is the one that came just now. */
	shut_out(&scene, 7, 4, 28 * SECOND);
	assert_null(find(&scene, 7));
	assert_non_null(find(&scene, 1));
	assert_int_equal(scene.memory.idle, 3);
	assert_int_equal(scene.sources.known, 3);
	sources_done(&scene.sources);
}

static void
who_has_a_session_or_waits_is_never_forgotten(void **state)
{
	struct scene scene;
	struct source *live, *waiting, *held;

	(void)state;
	begin(&scene, 1, false);
	live = get(&scene, 1, 0);
	live->live = 1;
	put(&scene, live, 0);
	waiting = get(&scene, 2, 0);
	waiting->waiting = 1;
	put(&scene, waiting, 0);
	held = get(&scene, 3, 0);
	for (uint32_t id = 10; id < 1000; id++)
		shut_out(&scene, id, id, 2 * (msec)id + 1);
	assert_int_equal(scene.memory.idle, 1);
	assert_int_equal(scene.sources.known, 4);
	assert_ptr_equal(find(&scene, 1), live);
	assert_ptr_equal(find(&scene, 2), waiting);
	assert_ptr_equal(find(&scene, 3), held);
	sources_done(&scene.sources);
}

static void
a_strict_memory_full_of_penalties_knows_nobody_else(void **state)
{
	struct scene scene;
	struct source *again;

	(void)state;
	begin(&scene, 2, true);
	shut_out(&scene, 1, 0, 10 * SECOND);
	shut_out(&scene, 2, 0, 20 * SECOND);
	assert_null(get(&scene, 3, 1));
	assert_null(get(&scene, 3, 9999));
	assert_int_equal(scene.sources.known, 2);
	/* Who is known is. */
	again = get(&scene, 1, 9999);
	assert_non_null(again);
	assert_int_equal(penalty_left(&again->penalty, 9999), 1);
	put(&scene, again, 9999);
	/* One of them is free. */
	assert_non_null(get(&scene, 3, 10000));
	assert_null(find(&scene, 1));
	sources_done(&scene.sources);
}

static void
a_strict_memory_forgets_who_is_not_shut_out(void **state)
{
	struct scene scene;
	struct source *source;

	(void)state;
	begin(&scene, 2, true);
	slow_down(&scene, 1, 0, 10 * SECOND);
	shut_out(&scene, 2, 0, 20 * SECOND);
	source = get(&scene, 3, 1);
	assert_non_null(source);
	assert_non_null(find(&scene, 1));
	(void)penalty_add(&source->penalty, &limits, OFFENCE_EXIT, 30 * SECOND, 1);
	put(&scene, source, 1);
	assert_null(find(&scene, 1));
	assert_non_null(find(&scene, 3));
	sources_done(&scene.sources);
}

/* Nor is it full as long as one of them is not: however long that one is remembered. */
static void
a_strict_memory_is_full_when_all_are_shut_out(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 3, true);
	shut_out(&scene, 1, 0, 10 * SECOND);
	shut_out(&scene, 2, 0, 20 * SECOND);
	slow_down(&scene, 3, 0, 3600 * SECOND);
	shut_out(&scene, 4, 1, 30 * SECOND);
	assert_null(find(&scene, 3));
	assert_null(get(&scene, 5, 2));
	sources_done(&scene.sources);
}

/* Those two were in when there was room. */
static void
a_strict_memory_that_overflows_keeps_who_is_shut_out(void **state)
{
	struct scene scene;
	struct source *good, *bad;

	(void)state;
	begin(&scene, 1, true);
	good = get(&scene, 1, 0);
	bad = get(&scene, 2, 0);
	shut_out(&scene, 3, 0, 10 * SECOND);
	good->bucket.full_at = INT64_MAX;
	put(&scene, good, 0);
	assert_null(find(&scene, 1));
	assert_non_null(find(&scene, 3));
	(void)penalty_add(&bad->penalty, &limits, OFFENCE_EXIT, 20 * SECOND, 0);
	put(&scene, bad, 0);
	assert_null(find(&scene, 3));
	assert_non_null(find(&scene, 2));
	sources_done(&scene.sources);
}

/* Two at once, so that nobody pays for a thousand. */
static void
what_is_over_goes_when_somebody_comes(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 9, false);
	for (uint32_t id = 1; id <= 6; id++)
		shut_out(&scene, id, 0, id * SECOND);
	put(&scene, get(&scene, 100, 999), 999);
	assert_int_equal(scene.memory.idle, 6);
	put(&scene, get(&scene, 100, 4000), 4000);
	assert_int_equal(scene.memory.idle, 4);
	assert_null(find(&scene, 1));
	assert_null(find(&scene, 2));
	assert_non_null(find(&scene, 3));
	/* Also when it is known who comes. */
	put(&scene, get(&scene, 6, 4000), 4000);
	assert_int_equal(scene.memory.idle, 2);
	put(&scene, get(&scene, 6, 6000), 6000);
	assert_int_equal(scene.memory.idle, 0);
	assert_int_equal(scene.sources.known, 0);
	sources_done(&scene.sources);
}

static void
who_is_pardoned_is_forgotten_at_once(void **state)
{
	struct scene scene;
	struct source *source;

	(void)state;
	begin(&scene, 9, false);
	shut_out(&scene, 1, 0, 10 * SECOND);
	source = find(&scene, 1);
	source->penalty = (struct penalty){ 0 };
	sources_touch(&scene.sources, source, 5);
	assert_null(find(&scene, 1));
	assert_int_equal(scene.sources.known, 0);
	sources_done(&scene.sources);
}

/* While a client is judged its source may be given a penalty, or pardoned. */
static void
what_somebody_holds_is_not_touched(void **state)
{
	struct scene scene;
	struct source *source;

	(void)state;
	begin(&scene, 9, false);
	source = get(&scene, 1, 0);
	sources_touch(&scene.sources, source, 0);
	assert_ptr_equal(find(&scene, 1), source);
	assert_int_equal(scene.memory.idle, 0);
	(void)penalty_add(&source->penalty, &limits, OFFENCE_DENIED, 5, 0);
	put(&scene, source, 0);
	put(&scene, source, 0);
	assert_int_equal(scene.memory.idle, 1);
	sources_done(&scene.sources);
}

static void
with_less_room_those_go_that_would_have_gone_first(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 9, true);
	for (uint32_t id = 1; id <= 9; id++)
		shut_out(&scene, id, 0, (10 - id) * SECOND);
	memory_limit(&scene.sources, &scene.memory, 4, true, &limits);
	assert_int_equal(scene.memory.idle, 4);
	for (uint32_t id = 1; id <= 9; id++)
		assert_int_equal(find(&scene, id) != NULL, id <= 4);
	memory_done(&scene.sources, &scene.memory);
	assert_int_equal(scene.memory.idle, 0);
	assert_int_equal(scene.sources.known, 0);
	sources_done(&scene.sources);
}

/* By the new decay one is forgotten last that was to be first. */
static void
another_decay_is_another_order(void **state)
{
	const struct penalty_limits mild = { 3600 * SECOND, 3600 * SECOND, 1 };
	const struct penalty_limits slow = { 0, 3600 * SECOND, 3600 * SECOND };
	struct scene scene;
	struct source *often;

	(void)state;
	begin(&scene, 2, false);
	often = get(&scene, 1, 0);
	for (int i = 0; i < 4; i++)
		(void)penalty_add(&often->penalty, &mild, OFFENCE_EXIT, 1, 0);
	put(&scene, often, 0);
	slow_down(&scene, 2, 0, 10 * SECOND);
	memory_limit(&scene.sources, &scene.memory, 1, false, &slow);
	assert_null(find(&scene, 2));
	assert_ptr_equal(find(&scene, 1), often);
	assert_int_equal(often->over_at, 4 * 3600 * SECOND);
	sources_done(&scene.sources);
}

/* Not what should be: sources_grow() was not called. */
static void
a_pool_that_is_too_small_forgets_what_it_can(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 1000, false);
	for (uint32_t id = 1; id <= 32; id++)
		shut_out(&scene, id, 0, id * SECOND);
	assert_int_equal(scene.sources.known, 32);
	for (uint32_t id = 101; id <= 132; id++)
		assert_non_null(get(&scene, id, 1));
	assert_null(get(&scene, 133, 1));
	assert_int_equal(scene.sources.known, 32);
	assert_int_equal(scene.memory.idle, 0);
	sources_done(&scene.sources);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_that_is_forgotten_first_makes_room),
		cmocka_unit_test(who_has_a_session_or_waits_is_never_forgotten),
		cmocka_unit_test(a_strict_memory_full_of_penalties_knows_nobody_else),
		cmocka_unit_test(a_strict_memory_forgets_who_is_not_shut_out),
		cmocka_unit_test(a_strict_memory_is_full_when_all_are_shut_out),
		cmocka_unit_test(a_strict_memory_that_overflows_keeps_who_is_shut_out),
		cmocka_unit_test(what_is_over_goes_when_somebody_comes),
		cmocka_unit_test(who_is_pardoned_is_forgotten_at_once),
		cmocka_unit_test(what_somebody_holds_is_not_touched),
		cmocka_unit_test(with_less_room_those_go_that_would_have_gone_first),
		cmocka_unit_test(another_decay_is_another_order),
		cmocka_unit_test(a_pool_that_is_too_small_forgets_what_it_can),
	};

	return cmocka_run_group_tests_name("sources policy", tests, NULL, NULL);
}
