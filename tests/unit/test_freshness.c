/*
 * Have the files a program is made of changed: the ways in which files change.
 */
#include "unit.h"

#include <limits.h>
#include <utime.h>

#include "freshness.h"
#include "scratch.h"

static struct scratch scratch;
static char script[256];

static int
make_script(void **state)
{
	(void)state;
	(void)snprintf(script, sizeof(script), "%s",
	    scratch_file(&scratch, "script", "#!/bin/sh\n", 0755));
	return 0;
}

static void
note_words(struct freshness *freshness, const char *const words[], const char *dir)
{
	freshness_note(freshness, script, (char *const *)words, dir, NULL);
	assert_null(freshness_changed(freshness));
}

/* The program, as it is noted from then on, with one argument. */
static void
note(struct freshness *freshness, const char *dir, const char *argument)
{
	note_words(freshness, (const char *[]){ "script", argument, NULL }, dir);
}

/* As old as it was: what `cp -p` and unpacking do. */
static void
set_old(const char *path)
{
	static const struct utimbuf long_ago = { 1000000000, 1000000000 };

	assert_int_equal(utime(path, &long_ago), 0);
}

static void
what_is_only_read_has_not_changed(void **state)
{
	struct freshness freshness;
	char byte;
	int fd;

	(void)state;
	note(&freshness, NULL, NULL);
	fd = open(script, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, &byte, 1), 1);
	close_fd(&fd);
	assert_null(freshness_changed(&freshness));
}

static void
a_program_rewritten_in_place_has_changed(void **state)
{
	struct freshness freshness;

	(void)state;
	note(&freshness, NULL, NULL);
	(void)scratch_file(&scratch, "script", "#!/bin/sh\nexit\n", 0755);
	assert_ptr_equal(freshness_changed(&freshness), script);
}

/* Same size, same times: another file all the same. */
static void
another_file_under_the_name_has_changed(void **state)
{
	struct freshness freshness;
	char other[256];

	(void)state;
	set_old(script);
	note(&freshness, NULL, NULL);
	(void)snprintf(other, sizeof(other), "%s",
	    scratch_file(&scratch, "other", "#!/bin/sh\n", 0755));
	set_old(other);
	assert_int_equal(rename(other, script), 0);
	assert_ptr_equal(freshness_changed(&freshness), script);
}

static void
a_program_that_is_gone_or_no_file_has_changed(void **state)
{
	struct freshness freshness;

	(void)state;
	note(&freshness, NULL, NULL);
	assert_int_equal(unlink(script), 0);
	assert_ptr_equal(freshness_changed(&freshness), script);
	assert_int_equal(mkdir(script, 0755), 0);
	assert_ptr_equal(freshness_changed(&freshness), script);
	assert_int_equal(rmdir(script), 0);
}

/* Each fact by itself, which the file system would change together. */
static void
every_fact_counts(void **state)
{
	struct freshness noted;

	(void)state;
	note(&noted, NULL, NULL);
	for (int fact = 0; fact < 7; fact++) {
		struct freshness freshness = noted;
		struct freshness_file *file = &freshness.files[0];

		file->dev += fact == 0;
		file->ino += fact == 1;
		file->size += fact == 2;
		file->modified.tv_nsec += fact == 3;
		file->changed.tv_nsec += fact == 4;
		file->modified.tv_sec += fact == 5;
		file->changed.tv_sec += fact == 6;
		assert_ptr_equal(freshness_changed(&freshness), script);
	}
}

static void
an_argument_that_is_a_file_counts(void **state)
{
	struct freshness freshness;
	char module[256];

	(void)state;
	(void)snprintf(
	    module, sizeof(module), "%s", scratch_file(&scratch, "module", "1\n", 0644));
	note(&freshness, NULL, module);
	(void)scratch_file(&scratch, "module", "12\n", 0644);
	assert_ptr_equal(freshness_changed(&freshness), module);
}

static void
what_was_forgotten_does_not_count_and_the_others_do(void **state)
{
	struct freshness freshness;
	char module[256];

	(void)state;
	(void)snprintf(
	    module, sizeof(module), "%s", scratch_file(&scratch, "module", "1\n", 0644));
	note(&freshness, NULL, module);
	(void)scratch_file(&scratch, "module", "123\n", 0644);
	freshness_forget(&freshness, freshness_changed(&freshness));
	assert_null(freshness_changed(&freshness));
	(void)scratch_file(&scratch, "script", "xyz", 0755);
	assert_ptr_equal(freshness_changed(&freshness), script);
}

static void
words_and_directories_do_not_count(void **state)
{
	struct freshness freshness;
	const char *words[] = { "script", "-u", "", "/nonexistent/x", scratch.dir,
		"/dev/null", NULL };

	(void)state;
	note_words(&freshness, words, NULL);
	assert_int_equal(freshness.count, 2); /* with its interpreter */
	(void)scratch_file(&scratch, "new", "1\n", 0644);
	assert_null(freshness_changed(&freshness));
}

static void
the_name_of_the_program_is_no_file(void **state)
{
	struct freshness freshness;
	const char *words[] = { "module", NULL }, *none[] = { NULL };

	(void)state;
	(void)scratch_file(&scratch, "module", "1\n", 0644);
	note_words(&freshness, words, scratch.dir);
	assert_int_equal(freshness.count, 2);
	note_words(&freshness, none, scratch.dir);
	assert_int_equal(freshness.count, 2);
}

static void
a_relative_argument_begins_in_the_directory(void **state)
{
	struct freshness freshness;

	(void)state;
	(void)scratch_file(&scratch, "module", "1\n", 0644);
	note(&freshness, NULL, "module");
	assert_int_equal(freshness.count, 2);
	note(&freshness, scratch.dir, "module");
	assert_int_equal(freshness.count, 3);
	(void)scratch_file(&scratch, "module", "12\n", 0644);
	assert_string_equal(freshness_changed(&freshness), "module");
}

static void
a_directory_that_is_a_link_to_another_has_changed(void **state)
{
	struct freshness freshness;
	char link[256], next[256];

	(void)state;
	assert_int_equal(mkdir(scratch_path(&scratch, "1"), 0755), 0);
	assert_int_equal(mkdir(scratch_path(&scratch, "2"), 0755), 0);
	(void)scratch_file(&scratch, "1/module", "1\n", 0644);
	(void)scratch_file(&scratch, "2/module", "2\n", 0644);
	(void)snprintf(link, sizeof(link), "%s", scratch_path(&scratch, "current"));
	(void)snprintf(next, sizeof(next), "%s", scratch_path(&scratch, "next"));
	assert_int_equal(symlink("1", link), 0);
	note(&freshness, link, "module");
	assert_int_equal(symlink("2", next), 0);
	assert_int_equal(rename(next, link), 0);
	assert_string_equal(freshness_changed(&freshness), "module");
}

static void
the_interpreter_counts_and_its_links_are_followed(void **state)
{
	struct freshness freshness, copy;
	char line[512], link[256];

	(void)state;
	(void)scratch_file(&scratch, "sh-1", "x", 0755);
	(void)snprintf(link, sizeof(link), "%s", scratch_path(&scratch, "sh"));
	assert_int_equal(symlink("sh-1", link), 0);
	(void)snprintf(line, sizeof(line), "#! %s -e\n", link);
	(void)scratch_file(&scratch, "script", line, 0755);
	note(&freshness, NULL, NULL);
	(void)scratch_file(&scratch, "sh-1", "xy", 0755);
	copy = freshness; /* nothing in it points into itself */
	memset(&freshness, 0, sizeof(freshness));
	assert_string_equal(freshness_changed(&copy), link);
}

static void
there_is_room_for_eight_and_the_program_comes_first(void **state)
{
	struct freshness freshness;
	const char *words[12] = { "script" };

	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(words) - 1; i++)
		words[i] = "/bin/sh";
	note_words(&freshness, words, NULL);
	assert_int_equal(freshness.count, FRESHNESS_FILES);
	assert_ptr_equal(freshness.files[0].path, script);
}

/* Cut, it would be the path of a file. */
static void
a_path_that_is_too_long_is_left_out(void **state)
{
	struct freshness freshness;
	static char dir[PATH_MAX];

	(void)state;
	memset(dir, '/', sizeof(dir));
	memcpy(dir + sizeof(dir) - sizeof("bin/sh"), "bin/sh", sizeof("bin/sh"));
	note(&freshness, dir, "x");
	assert_int_equal(freshness.count, 2);
}

#define WITH_SCRIPT(test) cmocka_unit_test_setup(test, make_script)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCRIPT(what_is_only_read_has_not_changed),
		WITH_SCRIPT(a_program_rewritten_in_place_has_changed),
		WITH_SCRIPT(another_file_under_the_name_has_changed),
		WITH_SCRIPT(a_program_that_is_gone_or_no_file_has_changed),
		WITH_SCRIPT(every_fact_counts),
		WITH_SCRIPT(an_argument_that_is_a_file_counts),
		WITH_SCRIPT(what_was_forgotten_does_not_count_and_the_others_do),
		WITH_SCRIPT(words_and_directories_do_not_count),
		WITH_SCRIPT(the_name_of_the_program_is_no_file),
		WITH_SCRIPT(a_relative_argument_begins_in_the_directory),
		WITH_SCRIPT(a_directory_that_is_a_link_to_another_has_changed),
		WITH_SCRIPT(the_interpreter_counts_and_its_links_are_followed),
		WITH_SCRIPT(there_is_room_for_eight_and_the_program_comes_first),
		WITH_SCRIPT(a_path_that_is_too_long_is_left_out),
	};
	int failed;

	scratch_init(&scratch);
	failed = cmocka_run_group_tests_name("freshness", tests, NULL, NULL);
	scratch_done(&scratch);
	return failed;
}
