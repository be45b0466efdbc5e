/*
 * A configuration file as it was read: its lines, and whether to believe it.
 */
#include "unit.h"

#include <stdlib.h>

#include "input.h"
#include "scratch.h"

static void
root_believes_files_of_its_own_only(void **state)
{
	const struct stat usual = { .st_mode = S_IFREG | 0644 };
	char path[sizeof(((struct scratch *)NULL)->path)] = "/etc/passwd";
	struct input input = { .name = path, .facts = usual };
	struct scratch scratch;

	(void)state;
	assert_null(input_doubt(&input, true));
	input.facts.st_uid = 1000;
	assert_null(input_doubt(&input, false));
	assert_non_null(strstr(input_doubt(&input, true), "belongs to somebody else"));
	input.facts.st_mode |= S_IWOTH;
	assert_non_null(
	    strstr(input_doubt(&input, false), "everybody may write this file"));
	input.facts = usual;
	scratch_init(&scratch);
	memcpy(path, scratch_path(&scratch, "x"), sizeof(path));
	assert_int_equal(chmod(scratch.dir, 0777), 0);
	assert_null(input_doubt(&input, false));
	assert_non_null(
	    strstr(input_doubt(&input, true), "everybody may write the directory"));
	assert_int_equal(chmod(scratch.dir, 01777), 0);
	assert_null(input_doubt(&input, true));
	scratch_done(&scratch);
}

static void
lines_end_where_yaml_ends_them(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "a\r\nbc\rd\n\n\xc2\x85\xe2\x80\xa8"
				   "e\xc2\x80\xe2\x80\xa9\xe2";
	static const char *const lines[] = { "a", "bc", "d", "", "", "", "e\xc2\x80",
		"\xe2" };
	struct input *input;
	const char *line;
	size_t length;

	(void)state;
	assert_int_equal(input_make("x", text, sizeof(text) - 1, &input), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_true(input_line(input, i + 1, &line, &length));
		assert_int_equal(length, strlen(lines[i]));
		assert_memory_equal(line, lines[i], length);
	}
	assert_false(input_line(input, ARRAY_SIZE(lines) + 1, &line, &length));
	assert_false(input_line(input, 0, &line, &length));
	input_free(input);
}

static void
a_character_is_no_longer_than_the_text(void **state)
{
	static const struct {
		const char *text;
		size_t left, length;
	} rows[] = {
		{ "a", 1, 1 },
		{ "\xc3\xa9", 2, 2 },
		{ "\xe4\xb8\xad", 3, 3 },
		{ "\xf0\x9f\x91\x8d", 4, 4 },
		{ "\xe4\xb8\xad", 2, 1 },
		{ "\xe4\xb8 ", 3, 1 },
		{ "\x80\x80", 2, 1 },
		{ "\xff", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
		    input_character(rows[i].text, rows[i].left), rows[i].length);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_believes_files_of_its_own_only),
		cmocka_unit_test(lines_end_where_yaml_ends_them),
		cmocka_unit_test(a_character_is_no_longer_than_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
