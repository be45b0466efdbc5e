/*
 * What the kernel writes in the files of cgroups, and what is said of it.
 */
#include "unit.h"

#include "cgroup_text.h"
#include "cgroup_toll.h"

static void
a_mount_of_version_2_is_found(void **state)
{
	static const struct {
		const char *line, *mount, *root;
	} rows[] = {
		{ "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw",
		    "/sys/fs/cgroup/unified", "/" },
		{ "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 "
		  "rw,nsdelegate",
		    "/sys/fs/cgroup", "/" },
		{ "30 23 0:26 / /sys/fs/cgroup rw shared:4 master:1 - cgroup2 none rw",
		    "/sys/fs/cgroup", "/" },
		{ "9 8 0:26 /docker/4f /sys/fs/cgroup ro - cgroup2 cgroup rw",
		    "/sys/fs/cgroup", "/docker/4f" },
		{ "9 8 0:26 /../.. /a\\040b\\134c ro - cgroup2 cgroup rw", "/a b\\c",
		    "/../.." },
		{ "36 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory", NULL,
		    NULL },
		{ "31 23 0:28 / /sys/fs/cgroup2 rw - tmpfs cgroup2 rw", NULL, NULL },
		{ "", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char mount[64] = "", root[64] = "";
		struct text mount_text = TEXT_ON(mount), root_text = TEXT_ON(root);

		assert_int_equal(cgroup_text_mount(rows[i].line, &mount_text, &root_text),
		    rows[i].mount != NULL);
		if (rows[i].mount == NULL)
			continue;
		assert_string_equal(mount, rows[i].mount);
		assert_string_equal(root, rows[i].root);
	}
}

static void
a_path_that_has_no_room_is_no_mount(void **state)
{
	char mount[8] = "", root[8] = "";
	struct text mount_text = TEXT_ON(mount), root_text = TEXT_ON(root);

	assert_false(cgroup_text_mount(
	    "1 2 0:3 / /sys/fs/cgroup rw - cgroup2 none rw", &mount_text, &root_text));
}

static void
our_own_is_the_line_of_version_2(void **state)
{
	assert_string_equal(cgroup_text_own("0::/a/b"), "/a/b");
	assert_null(cgroup_text_own("10::/a/b"));
	assert_null(cgroup_text_own("4:memory:/a/b"));
	assert_null(cgroup_text_own("1:name=systemd:/"));
}

static void
controllers_of_version_1_are_known(void **state)
{
	assert_true(cgroup_text_is_v1("4:memory:/a", "memory"));
	assert_true(cgroup_text_is_v1("7:cpu,cpuacct:/", "cpu"));
	assert_true(cgroup_text_is_v1("7:cpuacct,cpu:/", "cpu"));
	assert_false(cgroup_text_is_v1("7:cpuacct:/", "cpu"));
	assert_false(cgroup_text_is_v1("7:cpuset:/cpu", "cpu"));
	assert_false(cgroup_text_is_v1("0::/memory", "memory"));
	assert_false(cgroup_text_is_v1("nothing", "memory"));
}

static void
a_cgroup_is_looked_for_below_what_is_mounted(void **state)
{
	static const struct {
		const char *own, *root, *below;
	} rows[] = {
		{ "/", "/", "" },
		{ "/a/b", "/", "/a/b" },
		{ "/docker/4f", "/docker/4f", "" },
		{ "/docker/4f/a", "/docker/4f", "/a" },
		{ "/docker/4fa", "/docker/4f", NULL },
		{ "/user", "/docker/4f", NULL },
		{ "/a", "/../..", NULL },
		{ "/../a", "/", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *below = cgroup_text_below(rows[i].own, rows[i].root);

		if (rows[i].below == NULL)
			assert_null(below);
		else
			assert_string_equal(below, rows[i].below);
	}
}

static void
a_number_stands_behind_its_key(void **state)
{
	const char *events = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n";

	assert_int_equal(cgroup_text_number(events, "max"), 12);
	assert_int_equal(cgroup_text_number(events, "oom"), 3);
	assert_int_equal(cgroup_text_number(events, "oom_kill"), 2);
	assert_int_equal(cgroup_text_number(events, "oom_group_kill"), 0);
	assert_int_equal(cgroup_text_number("", "max"), 0);
	assert_int_equal(cgroup_text_number("max", "max"), 0);
	assert_int_equal(cgroup_text_number("populated 1\nfrozen 0", "populated"), 1);
}

static void
a_stall_is_the_total_of_some(void **state)
{
	assert_int_equal(
	    cgroup_text_stall("some avg10=0.00 avg60=0.00 avg300=0.00 total=4711\n"
			      "full avg10=0.00 avg60=0.00 avg300=0.00 total=12\n"),
	    4711);
	assert_int_equal(cgroup_text_stall("full avg10=0.00 total=12\n"), 0);
	assert_int_equal(cgroup_text_stall(""), 0);
}

static void
a_word_is_found_in_a_list(void **state)
{
	assert_true(cgroup_text_has("cpuset cpu io memory pids\n", "cpu"));
	assert_true(cgroup_text_has("pids", "pids"));
	assert_false(cgroup_text_has("cpuset io\n", "cpu"));
	assert_false(cgroup_text_has("\n", "cpu"));
	assert_false(cgroup_text_has("", "cpu"));
}

static void
the_name_of_a_leaf_is_that_of_its_service_and_a_number(void **state)
{
	assert_true(cgroup_text_is_leaf("prong-web-12", "web"));
	assert_true(cgroup_text_is_leaf("prong-a-b-1-2", "a-b-1"));
	assert_true(cgroup_text_is_leaf("prong-web-12", NULL));
	assert_false(cgroup_text_is_leaf("prong-web-12", "we"));
	assert_false(cgroup_text_is_leaf("prong-web-12", "webs"));
	assert_false(cgroup_text_is_leaf("prong-web-", NULL));
	assert_false(cgroup_text_is_leaf("prong-web-1a", NULL));
	assert_false(cgroup_text_is_leaf("prong-12", NULL));
	assert_false(cgroup_text_is_leaf("prong--12", NULL));
	assert_false(cgroup_text_is_leaf("prong-supervisor", NULL));
	assert_false(cgroup_text_is_leaf("system.slice", NULL));
}

static void
what_a_session_met_is_the_difference(void **state)
{
	const struct cgroup_toll before = { .pids_hits = 7, .memory_peak = 100 };
	const struct cgroup_toll more = { .pids_hits = 9, .memory_peak = 101 };
	const struct cgroup_toll same = { .pids_hits = 7, .memory_peak = 100 };
	struct cgroup_toll toll = cgroup_toll_since(&more, &before);

	assert_int_equal(toll.pids_hits, 2);
	assert_int_equal(toll.memory_peak, 101);
	toll = cgroup_toll_since(&same, &before);
	assert_int_equal(toll.pids_hits, 0);
	assert_int_equal(toll.memory_peak, 0); /* an earlier session's, perhaps */
}

/* What Linux 6.1 counted of groups with one, two and four processes; and of one whom it
 * chose and who was gone when the rest was killed. */
static void
whom_the_kernel_counts_twice_is_killed_once(void **state)
{
	static const struct {
		uint64_t counted, killed;
	} rows[] = { { 0, 0 }, { 1, 1 }, { 2, 1 }, { 3, 2 }, { 5, 4 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct cgroup_toll before = { .oom_kills = 2 };
		const struct cgroup_toll now = { .oom_kills = 2 + rows[i].counted };

		assert_int_equal(
		    cgroup_toll_since(&now, &before).oom_kills, rows[i].killed);
	}
}

static void
what_a_session_met_is_said_in_words(void **state)
{
	static const struct {
		struct cgroup_toll toll;
		const char *words;
	} rows[] = {
		{ { .memory_peak = 4096, .cpu_stall = 12 }, "" },
		{ { .ooms = 1, .oom_kills = 1, .memory_hits = 40 },
		    "memory-max (1 killed)" },
		{ { .memory_hits = 40 }, "memory-max 40 times" },
		{ { .pids_hits = 1 }, "pids-max once" },
		{ { .oom_kills = 2, .pids_hits = 12 },
		    "memory-max (2 killed), pids-max 12 times" },
		{ { .throttled = 9, .throttled_usec = 3200000 },
		    "cpu-max (held up for 3.2 s)" },
		{ { .pids_hits = 2, .throttled = 1, .throttled_usec = 85000 },
		    "pids-max 2 times, cpu-max (held up for 85 ms)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char words[128] = "";
		struct text text = TEXT_ON(words);

		cgroup_toll_put(&text, &rows[i].toll);
		assert_string_equal(words, rows[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mount_of_version_2_is_found),
		cmocka_unit_test(a_path_that_has_no_room_is_no_mount),
		cmocka_unit_test(our_own_is_the_line_of_version_2),
		cmocka_unit_test(controllers_of_version_1_are_known),
		cmocka_unit_test(a_cgroup_is_looked_for_below_what_is_mounted),
		cmocka_unit_test(a_number_stands_behind_its_key),
		cmocka_unit_test(a_stall_is_the_total_of_some),
		cmocka_unit_test(a_word_is_found_in_a_list),
		cmocka_unit_test(the_name_of_a_leaf_is_that_of_its_service_and_a_number),
		cmocka_unit_test(what_a_session_met_is_the_difference),
		cmocka_unit_test(whom_the_kernel_counts_twice_is_killed_once),
		cmocka_unit_test(what_a_session_met_is_said_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
