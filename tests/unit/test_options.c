/*
 * The command line: what is taken, and what is said about every mistake.
 */
#include "unit.h"

#include "help.h"
#include "inherit.h"
#include "listenword.h"
#include "options.h"
#include "settings.h"

#define WORDS_MAX 24

/* One command line, read. */
struct line {
	int argc;
	char *argv[WORDS_MAX];
	struct options options;
	struct mistakes mistakes;
	char *said;
	size_t said_size;
};

/* Reads the words of a NULL-terminated list; "prong" goes before. */
static void
line_read(struct line *line, const char *const words[])
{
	static char prong[] = "prong";

	*line = (struct line){ .argc = 1, .argv = { prong } };
	for (; words[line->argc - 1] != NULL; line->argc++)
		line->argv[line->argc] = (char *)(uintptr_t)words[line->argc - 1];
	line->mistakes.out = open_memstream(&line->said, &line->said_size);
	assert_int_equal(
	    options_init(&line->options, line->argc, line->argv, &line->mistakes), 0);
	(void)fclose(line->mistakes.out);
}

static void
line_done(struct line *line)
{
	options_done(&line->options);
	free(line->said);
}

#define READ(line, ...) line_read(line, (const char *const[]){ __VA_ARGS__, NULL })

static void
no_word_at_all_means_echo(void **state)
{
	struct line line;

	(void)state;
	line_read(&line, (const char *const[]){ NULL });
	assert_true(line.options.is_bare);
	assert_int_equal(line.options.listen_count, 0);
	assert_string_equal(line.options.program[0], "@echo");
	assert_string_equal(line.options.name, "echo");
	assert_int_equal(line.options.ready_fd, -1);
	line_done(&line);
}

static void
options_addresses_and_a_program_may_be_mixed(void **state)
{
	struct line line;

	(void)state;
	READ(&line, "9999", "--max", "8", "unix:@x", "--no-delay", "--unbuffer=no", "-q",
	    "--log=json", "--", "/usr/bin/my prog", "--max", "-q");
	assert_string_equal(line.said, "");
	assert_int_equal(line.options.listen_count, 2);
	assert_string_equal(line.options.listens[1], "unix:@x");
	assert_int_equal(line.options.use_count, 3);
	assert_string_equal(line.options.uses[0].name, "max");
	assert_string_equal(line.options.uses[0].value, "8");
	assert_string_equal(line.options.uses[1].value, "yes");
	assert_string_equal(line.options.uses[2].value, "no");
	assert_true(options_has(&line.options, "max"));
	assert_false(options_has(&line.options, "files"));
	assert_true(line.options.is_quiet);
	assert_int_equal(line.options.log, FORMAT_JSON);
	assert_string_equal(line.options.program[0], "/usr/bin/my prog");
	assert_string_equal(line.options.program[2], "-q");
	assert_null(line.options.program[3]);
	assert_string_equal(line.options.name, "my_prog");
	line_done(&line);
}

static void
every_setting_is_an_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		char option[80], expected[512];
		struct line line;

		if (settings_table[i].kind == KIND_BOOL)
			continue;
		(void)snprintf(option, sizeof(option), "--%s", settings_table[i].name);
		READ(&line, option);
		(void)snprintf(expected, sizeof(expected),
		    "prong: %s: the value is missing: %s %s\n", option, option,
		    settings_table[i].argument);
		assert_string_equal(line.said, expected);
		line_done(&line);
	}
}

static void
a_passed_variable_becomes_a_set_one(void **state)
{
	struct line line;

	(void)state;
	(void)setenv("PRONG_TEST_A", "1=2", 1);
	(void)unsetenv("PRONG_TEST_B");
	READ(&line, "--pass-env", "PRONG_TEST_A", "--pass-env", "PRONG_TEST_B");
	assert_string_equal(line.said, "");
	assert_int_equal(line.options.use_count, 1);
	assert_string_equal(line.options.uses[0].name, "env");
	assert_string_equal(line.options.uses[0].value, "PRONG_TEST_A=1=2");
	line_done(&line);
}

static void
all_mistakes_are_told_at_once(void **state)
{
	struct line line;

	(void)state;
	READ(&line, "--max", "0", "--max-per-sorce", "x", "--max-per", "4", "-x", "-q",
	    "99999", "--log", "xml", "--quiet=yes", "--name", "a b", "--ready-fd");
	assert_int_equal(line.mistakes.count, 9);
	assert_non_null(strstr(line.said, "prong: --max: '0' is not a number"));
	assert_non_null(strstr(line.said,
	    "prong: --max-per-sorce is not an option; did you mean --max-per-source?\n"));
	assert_non_null(strstr(line.said,
	    "prong: --max-per is not an option; did you mean --max-per-source?\n"));
	assert_non_null(strstr(line.said, "prong: -x is not an option\n"));
	assert_non_null(strstr(line.said, "prong: '99999' is not an address: a port is"));
	assert_non_null(strstr(line.said, "prong: --log: 'xml' is not one of"));
	assert_non_null(
	    strstr(line.said, "prong: --quiet=yes: this option takes no value"));
	assert_non_null(strstr(line.said, "prong: --name: 'a b' is not a name"));
	assert_non_null(strstr(line.said, "prong: --ready-fd: the value is missing"));
	line_done(&line);
}

static void
what_other_programs_call_it_is_recognised(void **state)
{
	struct line line;

	(void)state;
	READ(&line, "--max-connections", "5", "--timeout=9s", "-p", "--port=7",
	    "--cmd=cat");
	assert_string_equal(line.said,
	    "prong: --max-connections is not an option; did you mean --max?\n"
	    "prong: --timeout=9s is not an option; did you mean --session-timeout?\n"
	    "prong: -p is not an option; an address stands by itself: prong 9999 -- cat\n"
	    "prong: --port=7 is not an option; an address stands by itself: prong 9999 -- cat\n"
	    "prong: --cmd=cat is not an option; a program comes after --: prong 9999 -- cat\n");
	line_done(&line);
}

static void
a_program_without_its_separator_is_recognised(void **state)
{
	struct line line;

	(void)state;
	READ(&line, "9999", "cat", "-n", "a b");
	assert_string_equal(line.said, "prong: 'cat' is not an address; a program comes "
				       "after --: prong 9999 -- cat -n 'a b'\n");
	line_done(&line);
	READ(&line, "--unbuffer", "no");
	assert_string_equal(line.said,
	    "prong: 'no' is not an address; the value of a switch "
	    "is written --unbuffer=no\n");
	line_done(&line);
	READ(&line, "9999", "--");
	assert_string_equal(line.said, "prong: a program is missing after --\n");
	line_done(&line);
}

static void
what_a_word_contains_cannot_reach_the_terminal(void **state)
{
	struct line line;

	(void)state;
	READ(&line, "--log", "\x1b[2J\n");
	assert_null(strchr(line.said, '\x1b'));
	assert_ptr_equal(strchr(line.said, '\n'), line.said + line.said_size - 1);
	line_done(&line);
}

static void
addresses_are_judged_by_their_spelling(void **state)
{
	static const struct {
		const char *word;
		bool is_good;
	} rows[] = {
		{ "9999", true },
		{ ":9999", true },
		{ "0", true },
		{ "127.0.0.1:9999", true },
		{ "[::1]:9999", true },
		{ "localhost:80", true },
		{ "unix:/run/x", true },
		{ "unix:@x", true },
		{ "vsock:3:1024", true },
		{ "vsock::1024", true },
		{ "vsock:any:1024", true },
		{ "fd:3", true },
		{ "systemd", true },
		{ "systemd:web", true },
		{ "65536", false },
		{ "080", false },
		{ "", false },
		{ ":", false },
		{ "::1:80", false },
		{ "[::1]", false },
		{ "[::1]80", false },
		{ "[1.2.3.4]:80", false },
		{ "[", false },
		{ "1.2.3:80", false },
		{ "1.2.3.4", false },
		{ "a b:80", false },
		{ "unix:x", false },
		{ "unix:/", false },
		{ "vsock:3", false },
		{ "vsock:x:3", false },
		{ "vsock:123456789012345678:3", false },
		{ "fd:", false },
		{ "fd:-1", false },
		{ "systemd:", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *wrong = listenword_mistake(rows[i].word);

		assert_row((wrong == NULL) == rows[i].is_good, rows[i].word);
	}
}

static void
sockets_for_another_process_are_not_taken(void **state)
{
	struct inherit inherit;

	(void)state;
	(void)setenv("LISTEN_PID", "1", 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	inherit_init(&inherit);
	assert_int_equal(inherit.count, 0);
	assert_non_null(strstr(inherit.problem, "LISTEN_PID is '1'"));
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	assert_int_equal(inherit_next(&inherit, NULL, -1), -1);
	inherit_done(&inherit);
}

static void
help_names_every_setting_and_fits_a_terminal(void **state)
{
	char *page, *at;
	size_t size;
	FILE *out = open_memstream(&page, &size);

	(void)state;
	help_print(out);
	(void)fclose(out);
	for (size_t i = 0; i < settings_count; i++) {
		char option[80];

		(void)snprintf(
		    option, sizeof(option), "\n  --%s", settings_table[i].name);
		assert_row(strstr(page, option) != NULL, settings_table[i].name);
	}
	at = page;
	for (char *line = strsep(&at, "\n"); line != NULL; line = strsep(&at, "\n"))
		assert_row(strlen(line) <= 90, line);
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_word_at_all_means_echo),
		cmocka_unit_test(options_addresses_and_a_program_may_be_mixed),
		cmocka_unit_test(every_setting_is_an_option),
		cmocka_unit_test(a_passed_variable_becomes_a_set_one),
		cmocka_unit_test(all_mistakes_are_told_at_once),
		cmocka_unit_test(what_other_programs_call_it_is_recognised),
		cmocka_unit_test(a_program_without_its_separator_is_recognised),
		cmocka_unit_test(what_a_word_contains_cannot_reach_the_terminal),
		cmocka_unit_test(addresses_are_judged_by_their_spelling),
		cmocka_unit_test(sockets_for_another_process_are_not_taken),
		cmocka_unit_test(help_names_every_setting_and_fits_a_terminal),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
