/*
 * From settings, preset and ABI to what Landlock is to allow.
 */
#include "unit.h"

#include "access.h"
#include "landlock.h"

#define NEWEST 7
#define FILES_1 ((1ULL << 13) - 1)

static struct settings settings;
static struct access access_made;

static int
begin(void **state)
{
	(void)state;
	if (settings_init(&settings) < 0)
		return -1;
	access_init(&access_made, NEWEST);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	access_done(&access_made);
	settings_done(&settings);
	return 0;
}

static void
say(const char *name, const char *value)
{
	char why[256] = "";

	assert_row(settings_set(&settings, name, value, why, sizeof(why)) == 0, value);
}

/* What is allowed for exactly this path; 0: it is not named. */
static uint64_t
allowed(const char *path)
{
	uint64_t access = 0;

	for (size_t i = 0; i < access_made.ruleset.rule_count; i++)
		if (strcmp(access_made.rules[i].path, path) == 0)
			access |= access_made.rules[i].access;
	return access;
}

static void
each_abi_handles_what_it_knows(void **state)
{
	static const struct {
		uint64_t files;
		bool has_ports, has_scope;
		const char *missing;
	} rows[] = {
		{ FILES_1, false, false,
		    "Landlock ABI 1 leaves truncate(2) (Linux 6.2) and ioctl(2) of "
		    "devices (Linux 6.10) alone" },
		{ FILES_1 | 1 << 13, false, false,
		    "Landlock ABI 2 leaves truncate(2) (Linux 6.2) and ioctl(2) of "
		    "devices (Linux 6.10) alone" },
		{ FILES_1 | 3 << 13, false, false,
		    "Landlock ABI 3 leaves ioctl(2) of devices (Linux 6.10) alone" },
		{ FILES_1 | 3 << 13, true, false,
		    "Landlock ABI 4 leaves ioctl(2) of devices (Linux 6.10) alone" },
		{ FILES_1 | 7 << 13, true, false, "" },
		{ FILES_1 | 7 << 13, true, true, "" },
		{ FILES_1 | 7 << 13, true, true, "" },
		{ FILES_1 | 7 << 13, true, true, "" }, /* one that is not known yet */
	};

	(void)state;
	say("write", "/srv");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int abi = (int)i + 1;

		access_done(&access_made);
		access_init(&access_made, abi);
		assert_int_equal(access_files(&access_made, &settings), 0);
		assert_true(access_made.ruleset.files == rows[i].files);
		assert_true((allowed("/srv") & ~rows[i].files) == 0);
		assert_int_equal(access_has_ports(abi), rows[i].has_ports);
		assert_int_equal(access_has_scope(abi), rows[i].has_scope);
		assert_put(access_put_missing(&put_here, abi), rows[i].missing);
	}
}

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define WRITE LANDLOCK_ACCESS_FS_WRITE_FILE

static void
paths_get_what_they_are_named_for(void **state)
{
	(void)state;
	say("read", "/r");
	say("write", "/w");
	say("execute", "/x");
	assert_int_equal(access_files(&access_made, &settings), 0);
	assert_true(allowed("/r") == READ);
	assert_true(allowed("/x") == (READ | EXECUTE));
	assert_true((allowed("/w") & (READ | WRITE)) == (READ | WRITE));
	assert_true((allowed("/w") & EXECUTE) == 0);
	assert_true((allowed("/w") & LANDLOCK_ACCESS_FS_MAKE_BLOCK) == 0);
	assert_true((allowed("/w") & LANDLOCK_ACCESS_FS_MAKE_CHAR) == 0);
	assert_int_equal(access_made.ruleset.rule_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_false(access_made.rules[i].is_optional);
}

static void
none_alone_forbids_all(void **state)
{
	(void)state;
	say("write", "none");
	assert_int_equal(access_files(&access_made, &settings), 0);
	assert_true(access_made.ruleset.files != 0);
	assert_int_equal(access_made.ruleset.rule_count, 0);
}

static void
the_system_may_be_read_or_executed(void **state)
{
	(void)state;
	say("read", "@system");
	assert_int_equal(access_files(&access_made, &settings), 0);
	assert_true(allowed("/usr") == READ && allowed("/etc") == READ);
	assert_true((allowed("/dev/null") & WRITE) != 0);
	assert_true(access_made.rules[0].is_optional);

	say("execute", "@system");
	access_done(&access_made);
	access_init(&access_made, NEWEST);
	assert_int_equal(access_files(&access_made, &settings), 0);
	assert_true(allowed("/usr") == (READ | EXECUTE));
	assert_true(allowed("/etc") == READ);
}

static void
to_execute_the_system_is_not_to_read_all_of_it(void **state)
{
	(void)state;
	say("execute", "@system");
	assert_int_equal(access_files(&access_made, &settings), 0);
	assert_true(allowed("/usr") == (READ | EXECUTE));
	assert_true(allowed("/etc") == 0 && allowed("/dev/null") == 0);
}

static void
settings_add_to_the_preset(void **state)
{
	(void)state;
	say("isolation", "strict");
	say("write", "/srv");
	assert_int_equal(access_files(&access_made, &settings), 0);
	assert_true(allowed("/usr") == (READ | EXECUTE));
	assert_true((allowed("/srv") & WRITE) != 0);
	assert_true(allowed("/tmp") == 0 && allowed("/") == 0 && allowed("/home") == 0);
}

static void
what_is_added_is_copied(void **state)
{
	char path[] = "/one";

	(void)state;
	say("read", "/r");
	assert_int_equal(access_files(&access_made, &settings), 0);
	assert_int_equal(access_add(&access_made, ACCESS_EXECUTE, path, true), 0);
	path[1] = 'x';
	assert_true(allowed("/one") == (READ | EXECUTE));
	assert_true(access_made.rules[1].is_optional);
	assert_ptr_equal(access_made.ruleset.rules, access_made.rules);
}

static void
ports_are_closed_where_one_is_named(void **state)
{
	const struct plan_ruleset *ruleset = &access_made.ruleset;

	(void)state;
	say("connect", "443");
	say("connect", "65535");
	assert_int_equal(access_ports(&access_made, &settings), 0);
	assert_true(ruleset->ports == LANDLOCK_ACCESS_NET_CONNECT_TCP);
	assert_int_equal(ruleset->port_count, 2);
	assert_int_equal(ruleset->port_rules[0].port, 443);
	assert_int_equal(ruleset->port_rules[1].port, 65535);
	assert_true(ruleset->port_rules[1].access == LANDLOCK_ACCESS_NET_CONNECT_TCP);
}

static void
none_closes_them(void **state)
{
	const struct plan_ruleset *ruleset = &access_made.ruleset;

	(void)state;
	say("connect", "none");
	say("bind", "21");
	assert_int_equal(access_ports(&access_made, &settings), 0);
	assert_true(ruleset->ports ==
		    (LANDLOCK_ACCESS_NET_CONNECT_TCP | LANDLOCK_ACCESS_NET_BIND_TCP));
	assert_int_equal(ruleset->port_count, 1);
	assert_true(ruleset->port_rules[0].access == LANDLOCK_ACCESS_NET_BIND_TCP);
}

static void
the_strict_preset_closes_all_ports(void **state)
{
	(void)state;
	say("isolation", "strict");
	assert_int_equal(access_ports(&access_made, &settings), 0);
	assert_true(access_made.ruleset.ports ==
		    (LANDLOCK_ACCESS_NET_CONNECT_TCP | LANDLOCK_ACCESS_NET_BIND_TCP));
	assert_int_equal(access_made.ruleset.port_count, 0);
}

static void
scope_is_what_is_named_or_the_presets(void **state)
{
	static const struct {
		const char *isolation, *scope;
		uint64_t scoped;
	} rows[] = {
		{ "none", "signals", LANDLOCK_SCOPE_SIGNAL },
		{ "none", "abstract-sockets", LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET },
		{ "basic", NULL,
		    LANDLOCK_SCOPE_SIGNAL | LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET },
		{ "strict", "signals", LANDLOCK_SCOPE_SIGNAL },
		{ "strict", "none", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)end(NULL);
		assert_int_equal(begin(NULL), 0);
		say("isolation", rows[i].isolation);
		if (rows[i].scope != NULL)
			say("scope", rows[i].scope);
		access_scope(&access_made, &settings);
		assert_true(access_made.ruleset.scoped == rows[i].scoped);
	}
}

static void
where_there_is_no_scope_a_ruleset_forbids_nothing(void **state)
{
	static const struct {
		int abi;
		uint64_t files;
		size_t rules;
	} rows[] = { { 1, 0, 0 }, { 2, LANDLOCK_ACCESS_FS_REFER, 1 },
		{ 5, LANDLOCK_ACCESS_FS_REFER, 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)end(NULL);
		assert_int_equal(begin(NULL), 0);
		access_init(&access_made, rows[i].abi);
		assert_int_equal(access_enclose(&access_made), 0);
		assert_true(access_made.ruleset.files == rows[i].files);
		assert_int_equal(access_made.ruleset.rule_count, rows[i].rules);
		if (rows[i].rules > 0)
			assert_true(access_made.rules[0].access == rows[i].files);
	}
}

static void
a_ruleset_of_files_encloses_already(void **state)
{
	uint64_t files;

	(void)state;
	access_init(&access_made, 2);
	say("write", "none");
	assert_int_equal(access_files(&access_made, &settings), 0);
	files = access_made.ruleset.files;
	assert_int_equal(access_enclose(&access_made), 0);
	assert_true(access_made.ruleset.files == files);
	assert_int_equal(access_made.ruleset.rule_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_abi_handles_what_it_knows),
		TEST(paths_get_what_they_are_named_for),
		TEST(none_alone_forbids_all),
		TEST(the_system_may_be_read_or_executed),
		TEST(to_execute_the_system_is_not_to_read_all_of_it),
		TEST(settings_add_to_the_preset),
		TEST(what_is_added_is_copied),
		TEST(ports_are_closed_where_one_is_named),
		TEST(none_closes_them),
		TEST(the_strict_preset_closes_all_ports),
		TEST(scope_is_what_is_named_or_the_presets),
		TEST(where_there_is_no_scope_a_ruleset_forbids_nothing),
		TEST(a_ruleset_of_files_encloses_already),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
