/*
 * How many sessions the machine can hold, and which fact that number comes from.
 */
#include "unit.h"

#include "capacity.h"

#define NONE CAPACITY_UNLIMITED
#define MB ((uint64_t)1 << 20)

static const struct capacity_facts no_limits = {
	.files = NONE,
	.processes = NONE,
	.pids = NONE,
	.pid_max = NONE,
	.memory = NONE,
};

struct row {
	struct capacity_facts facts;
	struct capacity_need need;
	uint32_t expected;
	const char *why;
};

/* The first four are files, files in use, processes, pids; then pid_max and memory. */
static const struct row rows[] = {
	{ { NONE, 9, NONE, NONE, NONE, NONE }, { 3, 1 }, 100000, "most 100000" },
	{ { 1024, 10, NONE, NONE, NONE, NONE }, { 3, 1 }, 327, "RLIMIT_NOFILE 1024" },
	{ { 1024, 10, NONE, NONE, NONE, NONE }, { 1, 1 }, 982, "RLIMIT_NOFILE 1024" },
	{ { 1024, 10, NONE, NONE, NONE, NONE }, { 1, 4 }, 245, "RLIMIT_NOFILE 1024" },
	{ { 40, 10, NONE, NONE, NONE, NONE }, { 1, 1 }, 1, "RLIMIT_NOFILE 40" },
	{ { 44, 10, NONE, NONE, NONE, NONE }, { 1, 9 }, 1, "RLIMIT_NOFILE 44" },
	{ { NONE, 9, 100, NONE, NONE, NONE }, { 3, 1 }, 90, "RLIMIT_NPROC 100" },
	{ { NONE, 9, NONE, 512, NONE, NONE }, { 3, 1 }, 460, "pids.max 512" },
	{ { NONE, 9, NONE, NONE, 32768, NONE }, { 3, 1 }, 16384, "kernel.pid_max 32768" },
	{ { NONE, 9, NONE, NONE, NONE, 512 * MB }, { 3, 1 }, 128, "memory 512 MB" },
	{ { 1024, 10, 9999, 9999, 9999, 4 * MB }, { 1, 1 }, 1, "memory 4 MB" },
	{ { 1024, 10, 9999, 1, 9999, 999 * MB }, { 1, 1 }, 1, "pids.max 1" },
	{ { 1024, 10, NONE, NONE, NONE, NONE }, { 1, 0 }, 982, "RLIMIT_NOFILE 1024" },
};

static void
the_default_is_what_the_scarcest_thing_allows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char place[64] = "";
		struct text why = TEXT_ON(place);
		uint32_t sessions = capacity_default(&rows[i].facts, &rows[i].need, &why);

		assert_string_equal(place, rows[i].why);
		assert_int_equal(sessions, rows[i].expected);
	}
}

static void
less_of_anything_never_allows_more(void **state)
{
	const struct capacity_need need = { 3, 2 };
	struct capacity_facts facts = no_limits;
	char place[64];
	uint32_t before = UINT32_MAX;

	(void)state;
	for (facts.memory = MB << 40; facts.memory > 0; facts.memory /= 3) {
		struct text why = TEXT_ON(place);
		uint32_t sessions = capacity_default(&facts, &need, &why);

		assert_true(sessions >= 1 && sessions <= before);
		before = sessions;
	}
	assert_int_equal(before, 1);
}

static void
the_default_needs_no_more_files_than_there_are(void **state)
{
	const struct capacity_need need = { 3, 1 };
	struct capacity_facts facts = no_limits;
	char place[64];

	(void)state;
	for (facts.files = 64; facts.files < 5000; facts.files += 7) {
		struct text why = TEXT_ON(place);
		uint32_t sessions = capacity_default(&facts, &need, &why);

		assert_in_range(
		    capacity_files_needed(&facts, &need, sessions), 0, facts.files);
		assert_in_range(facts.files, 0,
		    capacity_files_needed(&facts, &need, sessions + 1) - 1);
	}
}

static void
files_are_counted_for_the_server_and_every_session(void **state)
{
	const struct capacity_facts facts = { .files_in_use = 10 };
	const struct capacity_need need = { .files_per_session = 3 };
	uint64_t none = capacity_files_needed(&facts, &need, 0);

	(void)state;
	assert_true(none >= 10);
	assert_int_equal(capacity_files_needed(&facts, &need, 100) - none, 300);
	assert_int_equal(capacity_files_needed(&facts, &need, UINT32_MAX) - none,
	    (uint64_t)UINT32_MAX * 3);
}

static void
the_facts_of_this_machine_can_be_read(void **state)
{
	struct capacity_facts facts = { 0 };

	(void)state;
	capacity_read(&facts);
	assert_true(facts.files > 0);
	assert_in_range(facts.files_in_use, 3, facts.files);
	assert_true(facts.processes > 0);
	assert_true(facts.pids > 0);
	assert_true(facts.pid_max > 0);
	assert_true(facts.memory > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_is_what_the_scarcest_thing_allows),
		cmocka_unit_test(less_of_anything_never_allows_more),
		cmocka_unit_test(the_default_needs_no_more_files_than_there_are),
		cmocka_unit_test(files_are_counted_for_the_server_and_every_session),
		cmocka_unit_test(the_facts_of_this_machine_can_be_read),
	};

	return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
