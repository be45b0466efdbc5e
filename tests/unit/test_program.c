/*
 * The file that will be executed: found and looked at before the first client comes, and
 * what is said about one that will not do.
 */
#include "unit.h"

#include <errno.h>

#include "program.h"
#include "scratch.h"

static struct scratch scratch;

/* The words that follow "program: 'PATH' ", and the error. */
static void
check_bad(const char *name, const char *search, int error, const char *expected)
{
	char said[1024] = "", whole[1024], *path = NULL;
	struct text message = TEXT_ON(said);

	assert_int_equal(program_find(name, search, &path, &message), -error);
	assert_null(path);
	(void)snprintf(whole, sizeof(whole), "program: '%s' %s\n", name, expected);
	assert_string_equal(said, whole);
}

static void
check_found(const char *name, const char *search, const char *expected)
{
	cleanup_(free_text) char *path = NULL;
	char said[1024] = "";
	struct text message = TEXT_ON(said);

	assert_int_equal(program_find(name, search, &path, &message), 0);
	assert_string_equal(said, "");
	assert_string_equal(path, expected);
}

static void
an_absolute_path_is_taken_as_it_is(void **state)
{
	const char *path = scratch_file(&scratch, "absolute", "#!/bin/sh\n", 0755);

	(void)state;
	check_found(path, "", path);
}

static void
a_name_is_looked_up_in_path(void **state)
{
	char search[256];
	const char *path = scratch_file(&scratch, "there", "#!/bin/sh\n", 0755);

	(void)state;
	(void)snprintf(search, sizeof(search), "/nonexistent::%s:/bin", scratch.dir);
	check_found("there", search, path);
}

static void
in_path_only_what_can_be_run_counts(void **state)
{
	char search[256], expected[256];

	(void)state;
	assert_int_equal(mkdir(scratch_path(&scratch, "first"), 0755), 0);
	assert_int_equal(mkdir(scratch_path(&scratch, "first/tool"), 0755), 0);
	assert_int_equal(mkdir(scratch_path(&scratch, "second"), 0755), 0);
	(void)scratch_file(&scratch, "second/tool", "#!/bin/sh\n", 0644);
	assert_int_equal(mkdir(scratch_path(&scratch, "third"), 0755), 0);
	(void)snprintf(expected, sizeof(expected), "%s",
	    scratch_file(&scratch, "third/tool", "#!/bin/sh\n", 0755));
	(void)snprintf(search, sizeof(search), "%s/first:%s/second:%s/third", scratch.dir,
	    scratch.dir, scratch.dir);
	check_found("tool", search, expected);
}

static void
a_relative_path_is_completed(void **state)
{
	char before[1024];

	(void)state;
	(void)scratch_file(&scratch, "relative", "#!/bin/sh\n", 0755);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(scratch.dir), 0);
	check_found("./relative", "/bin", scratch_path(&scratch, "./relative"));
	assert_int_equal(chdir(before), 0);
}

static void
a_program_that_cannot_be_found_names_where_it_was_looked_for(void **state)
{
	(void)state;
	check_bad("no-such-program", "/bin:/nonexistent", ENOENT,
	    "is in none of the directories of PATH, /bin:/nonexistent");
	check_bad(
	    "no-such-program", "", ENOENT, "is in none of the directories of PATH, ");
	check_bad(scratch_path(&scratch, "missing"), "/bin", ENOENT, "does not exist");
	check_bad("", "/bin", EINVAL, "is not a program");
}

static void
what_cannot_be_run_says_why(void **state)
{
	(void)state;
	check_bad("/bin/", "", EISDIR, "is a directory, not a program");
	check_bad(scratch_file(&scratch, "plain", "#!/bin/sh\n", 0644), "", EACCES,
	    "is not executable; chmod +x makes it so");
	check_bad("/dev/null", "", EACCES, "is not executable; chmod +x makes it so");
	check_bad(scratch_path(&scratch, "plain/x"), "", ENOTDIR, "Not a directory");
}

static void
a_script_needs_its_interpreter(void **state)
{
	(void)state;
	check_bad(scratch_file(&scratch, "script", "#! /no/such/sh -e\n", 0755), "",
	    ENOENT, "needs the interpreter '/no/such/sh': No such file or directory");
	check_bad(scratch_file(&scratch, "script", "#!/no/such/sh", 0755), "", ENOENT,
	    "needs the interpreter '/no/such/sh': No such file or directory");
	check_bad(scratch_file(&scratch, "script", "#!\n", 0755), "", ENOENT,
	    "needs the interpreter '': No such file or directory");
	check_bad(scratch_file(&scratch, "script", "#!/etc/passwd\n", 0755), "", ENOENT,
	    "needs the interpreter '/etc/passwd': Permission denied");
}

static void
a_script_with_windows_line_ends_says_so(void **state)
{
	static const char expected[] =
	    "has a first line that ends in a carriage return, which the kernel takes for "
	    "part of a name: save it with Unix line ends";

	(void)state;
	check_bad(scratch_file(&scratch, "windows", "#!/bin/sh\r\necho\r\n", 0755), "",
	    ENOENT, expected);
}

static void
a_script_with_windows_line_ends_after_an_argument_says_so_too(void **state)
{
	cleanup_(free_text) char *path = NULL;
	char said[1024] = "";
	struct text message = TEXT_ON(said);

	(void)state;
	assert_int_equal(
	    program_find(scratch_file(&scratch, "windows", "#!/usr/bin/env sh\r\n", 0755),
		"", &path, &message),
	    -ENOENT);
	assert_non_null(strstr(said, "ends in a carriage return"));
}

static void
a_good_script_is_good(void **state)
{
	static const char *const heads[] = { "#!/bin/sh\n", "#! /bin/sh -e\n",
		"#!\t/bin/sh\t\n", "#!/bin/sh" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		const char *path = scratch_file(&scratch, "good", heads[i], 0755);

		check_found(path, "", path);
		assert_true(program_has_format(path));
	}
}

static void
a_name_from_outside_cannot_reach_the_terminal(void **state)
{
	char said[256] = "", *path = NULL;
	struct text message = TEXT_ON(said);

	(void)state;
	assert_int_equal(program_find("/\x1b[2J", "", &path, &message), -ENOENT);
	assert_string_equal(said, "program: '/\\x1b[2J' does not exist\n");
}

static void
the_kernel_knows_elf_and_scripts(void **state)
{
	(void)state;
	assert_true(program_has_format("/bin/sh"));
	assert_true(program_has_format("/nonexistent")); /* nothing is known of it */
	assert_true(
	    program_has_format(scratch_file(&scratch, "elf", "\177ELF...", 0755)));
	assert_false(program_has_format(scratch_file(&scratch, "empty", "", 0755)));
	assert_false(program_has_format(scratch_file(&scratch, "x", "echo\n", 0755)));
	assert_false(program_has_format(scratch_file(&scratch, "x", "#", 0755)));
	assert_false(program_has_format(scratch_file(&scratch, "x", "\177EL", 0755)));
}

static int
check_builtin(const char *const argv[], struct text *message)
{
	struct setting_list list = { 0 };
	int rc;

	for (size_t i = 0; argv[i] != NULL; i++)
		assert_int_equal(setting_list_add(&list, argv[i]), 0);
	rc = program_check_builtin(&list, message);
	setting_list_done(&list);
	return rc;
}

static void
built_ins_are_known_with_their_arguments(void **state)
{
	static const char *const names[] = { "@echo", "@discard", "@daytime", "@time",
		"@hello", "@chargen" };
	char said[512] = "";
	struct text message = TEXT_ON(said);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(
		    check_builtin((const char *[]){ names[i], NULL }, &message), 0);
	assert_int_equal(
	    check_builtin((const char *[]){ "@qotd",
			      scratch_file(&scratch, "q", "q\n", 0644), NULL },
		&message),
	    0);
	assert_string_equal(said, "");
}

static void
mistakes_with_built_ins_are_explained(void **state)
{
	static const struct {
		const char *argv[4];
		int error;
		const char *said;
	} rows[] = {
		{ { "@ecko" }, EINVAL,
		    "program: '@ecko' is not built in; did you mean @echo?\n" },
		{ { "@smtp-relay" }, EINVAL,
		    "program: '@smtp-relay' is not built in; known are @echo, @discard, "
		    "@daytime, @time, @qotd, @hello, @chargen\n" },
		{ { "@echo", "x" }, EINVAL, "program: '@echo' takes no arguments\n" },
		{ { "@qotd" }, EINVAL,
		    "program: '@qotd' needs the absolute path of a file, as in @qotd "
		    "/usr/share/fortunes\n" },
		{ { "@qotd", "x" }, EINVAL,
		    "program: '@qotd' needs the absolute path of a file, as in @qotd "
		    "/usr/share/fortunes\n" },
		{ { "@qotd", "/nonexistent" }, ENOENT,
		    "program: @qotd cannot read /nonexistent: No such file or "
		    "directory\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char said[512] = "";
		struct text message = TEXT_ON(said);

		assert_int_equal(check_builtin(rows[i].argv, &message), -rows[i].error);
		assert_string_equal(said, rows[i].said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absolute_path_is_taken_as_it_is),
		cmocka_unit_test(a_name_is_looked_up_in_path),
		cmocka_unit_test(in_path_only_what_can_be_run_counts),
		cmocka_unit_test(a_relative_path_is_completed),
		cmocka_unit_test(
		    a_program_that_cannot_be_found_names_where_it_was_looked_for),
		cmocka_unit_test(what_cannot_be_run_says_why),
		cmocka_unit_test(a_script_needs_its_interpreter),
		cmocka_unit_test(a_script_with_windows_line_ends_says_so),
		cmocka_unit_test(
		    a_script_with_windows_line_ends_after_an_argument_says_so_too),
		cmocka_unit_test(a_good_script_is_good),
		cmocka_unit_test(a_name_from_outside_cannot_reach_the_terminal),
		cmocka_unit_test(the_kernel_knows_elf_and_scripts),
		cmocka_unit_test(built_ins_are_known_with_their_arguments),
		cmocka_unit_test(mistakes_with_built_ins_are_explained),
	};
	int failed;

	scratch_init(&scratch);
	failed = cmocka_run_group_tests_name("program", tests, NULL, NULL);
	scratch_done(&scratch);
	return failed;
}
