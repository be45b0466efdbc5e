/*
 * A program that will have another root: found where it will see itself.
 */
#include "unit.h"

#include <errno.h>

#include "freshness.h"
#include "program.h"
#include "rooted.h"
#include "scratch.h"

static struct scratch scratch;

static int
make_root(void **state)
{
	static const char *const dirs[] = { "usr", "usr/bin", "run" };

	(void)state;
	scratch_init(&scratch);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdir(scratch_path(&scratch, dirs[i]), 0755) < 0)
			return -1;
	(void)scratch_file(&scratch, "usr/bin/program", "#!/bin/own -x\n", 0755);
	(void)scratch_file(&scratch, "usr/bin/own", "\177ELF", 0755);
	(void)scratch_file(&scratch, "usr/bin/hosts", "#!/bin/sh\n", 0755);
	/* Absolute, as systems have them: to /usr/bin in there. */
	return symlink("/usr/bin", scratch_path(&scratch, "bin")) < 0 ||
	       symlink("/../../..", scratch_path(&scratch, "up")) < 0;
}

static int
remove_root(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

static void
check_path(const char *path, const char *expected)
{
	char seen[PATH_MAX], whole[PATH_MAX];

	(void)snprintf(whole, sizeof(whole), "%s%s", scratch.dir, expected);
	assert_string_equal(rooted_path(scratch.dir, path, seen), whole);
}

static void
a_path_leads_nowhere_else(void **state)
{
	char seen[PATH_MAX];

	(void)state;
	check_path("/usr/bin/own", "/usr/bin/own");
	check_path("/bin/own", "/usr/bin/own");
	check_path("/up/bin/own", "/usr/bin/own");
	check_path("/../usr/bin/../bin/own", "/usr/bin/own");
	assert_string_equal(rooted_path(scratch.dir, "/nothing", seen), "");
	assert_string_equal(rooted_path(scratch.dir, "/bin/sh", seen), "");
	assert_string_equal(rooted_path(NULL, "/bin/own", seen), "/bin/own");
	assert_string_equal(rooted_path("/nonexistent", "/a", seen), "");
}

static void
check_found(const char *name, int error, const char *path, const char *expected)
{
	cleanup_(free_text) char *found = NULL;
	char said[1024] = "", whole[1024] = "";
	struct text message = TEXT_ON(said);

	if (error == 0 || error == -EINVAL)
		(void)snprintf(whole, sizeof(whole), "%s", expected);
	else
		(void)snprintf(whole, sizeof(whole), "%s; looked for below root '%s'\n",
		    expected, scratch.dir);
	assert_int_equal(
	    program_find_below(scratch.dir, name, "/run:/bin", &found, &message), error);
	assert_string_equal(said, whole);
	if (path == NULL)
		assert_null(found);
	else
		assert_string_equal(found, path);
}

static void
a_program_is_found_where_it_will_be(void **state)
{
	(void)state;
	check_found("program", 0, "/bin/program", "");
	check_found("/usr/bin/program", 0, "/usr/bin/program", "");
	check_found("sh", -ENOENT, NULL,
	    "program: 'sh' is in none of the directories of PATH, /run:/bin");
	check_found("/bin/hosts", -ENOENT, NULL,
	    "program: '/bin/hosts' needs the interpreter '/bin/sh': No such file or "
	    "directory");
	check_found("/up", -EISDIR, NULL, "program: '/up' is a directory, not a program");
	check_found("usr/bin/program", -EINVAL, NULL,
	    "program: 'usr/bin/program' is not absolute: with root a program is where it "
	    "will see itself\n");
}

static void
a_change_is_seen_in_there(void **state)
{
	struct freshness freshness;
	char *const argv[] = { (char[]){ "program" }, NULL };

	(void)state;
	freshness_note(&freshness, "/bin/program", argv, NULL, scratch.dir);
	assert_int_equal(freshness.count, 2); /* with its interpreter */
	assert_null(freshness_changed(&freshness));
	(void)scratch_file(&scratch, "usr/bin/own", "\177ELF, another one", 0755);
	assert_string_equal(freshness_changed(&freshness), "/bin/own");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_leads_nowhere_else),
		cmocka_unit_test(a_program_is_found_where_it_will_be),
		cmocka_unit_test(a_change_is_seen_in_there),
	};

	return cmocka_run_group_tests_name("program_root", tests, make_root, remove_root);
}
