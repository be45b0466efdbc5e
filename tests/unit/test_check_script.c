/*
 * What a script says that does not go with a start before its client: in which language
 * it is, which of the words of a command line is it, and what it names.
 */
#include "unit.h"

#include "check_script.h"
#include "environment.h"

static void
an_interpreter_is_known_by_its_file(void **state)
{
	static const struct {
		const char *program, *language;
	} rows[] = {
		{ "/usr/bin/python3", "python" },
		{ "python3.11", "python" },
		{ "/usr/bin/perl", "perl" },
		{ "/bin/bash", "bash" },
		{ "/bin/dash", "dash" },
		{ "lua5.4", "lua" },
		{ "php8.2", "php" },
		{ "busybox", "busybox" },
		{ "nodejs", "nodejs" },
		{ "pythonic", NULL },
		{ "/usr/bin/sh", NULL }, /* is another program's name */
		{ "/usr/bin/", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct check_language *found =
		    check_script_language(rows[i].program);

		if (rows[i].language == NULL)
			assert_row(found == NULL, rows[i].program);
		else
			assert_row(
			    found != NULL && strcmp(found->name, rows[i].language) == 0,
			    rows[i].program);
	}
}

static void
a_script_says_its_language_in_its_first_line(void **state)
{
	static const struct {
		const char *text, *language;
	} rows[] = {
		{ "#!/usr/bin/python3\nx", "python" },
		{ "#! /bin/bash -e", "bash" },
		{ "#!/usr/bin/env perl\n", "perl" },
		{ "#!/usr/bin/env -S ruby -w\n", "ruby" },
		{ "#!/usr/bin/env\n", NULL },
		{ "#!", NULL },
		{ "#!\n/bin/bash", NULL },
		{ "\177ELF", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct check_language *found = check_script_hashbang(rows[i].text);

		if (rows[i].language == NULL)
			assert_row(found == NULL, rows[i].text);
		else
			assert_row(
			    found != NULL && strcmp(found->name, rows[i].language) == 0,
			    rows[i].text);
	}
}

static void
the_script_is_found_among_the_words(void **state)
{
	static const struct {
		const char *argv[6];
		struct check_script script;
	} rows[] = {
		{ { "python3", "app.py", "-c" }, { .path = "app.py" } },
		{ { "python3", "-u", "-O", "app.py" }, { .path = "app.py" } },
		{ { "python3", "-c", "print()" }, { .text = "print()" } },
		{ { "python3", "-m", "app" }, { NULL } },
		{ { "python3", "-" }, { .path = "-" } },
		{ { "python3" }, { NULL } },
		{ { "python3", "-c" }, { NULL } },
		{ { "perl", "-MSocket", "-ne", "print" }, { .text = "print" } },
		{ { "bash", "-ec", "read x" }, { .text = "read x" } },
		{ { "bash", "--norc", "x.sh" }, { .path = "x.sh" } },
		{ { "busybox", "sh", "-c", "read x" }, { .text = "read x" } },
		{ { "busybox" }, { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct check_script found = check_script_find(
		    check_script_language(rows[i].argv[0]), rows[i].argv);

		assert_row((found.text == NULL) == (rows[i].script.text == NULL) &&
			       (found.path == NULL) == (rows[i].script.path == NULL),
		    rows[i].argv[1]);
		if (found.text != NULL)
			assert_string_equal(found.text, rows[i].script.text);
		if (found.path != NULL)
			assert_string_equal(found.path, rows[i].script.path);
	}
}

static void
a_variable_of_the_connection_is_found_with_its_line(void **state)
{
	static const struct {
		const char *text, *word;
		unsigned line;
	} rows[] = {
		{ "echo $TCPREMOTEIP", "TCPREMOTEIP", 1 },
		{ "a\nb\nos.environ['REMOTE_ADDR']\n", "REMOTE_ADDR", 3 },
		{ "echo $REMOTE_ADDR\necho $PRONG_ID", "REMOTE_ADDR", 1 },
		{ "echo $PRONG_ID\necho $REMOTE_ADDR", "PRONG_ID", 1 },
		{ "# TCPREMOTEIP\n  # and REMOTE_ADDR\n", "", 0 },
		{ "# TCPREMOTEIP\necho ${TCPREMOTEIP}", "TCPREMOTEIP", 2 },
		{ "echo $MY_TCPREMOTEIP $TCPREMOTEIPS", "", 0 },
		{ "PROTO=1 TCPLOCALPORT=2", "", 0 }, /* no other for every client */
		{ "TCPREMOTEIP", "TCPREMOTEIP", 1 },
		{ "", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct check_place found = check_script_variable(rows[i].text);

		assert_row(
		    found.line == rows[i].line && strcmp(found.word, rows[i].word) == 0,
		    rows[i].text);
	}
}

static void
the_variables_are_those_of_the_engine(void **state)
{
	static const char *const all[] = { "PRONG_ID", "PRONG_DEADLINE", "TCPREMOTEIP",
		"TCPREMOTEPORT", "TCPCONNNUM", "TCPCONCURRENCY", "TCPREMOTEADDR",
		"REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "NCAT_REMOTE_ADDR",
		"NCAT_REMOTE_PORT", "SOCAT_PEERADDR", "SOCAT_PEERPORT", "IPCREMOTEEUID",
		"IPCREMOTEEGID", "IPCREMOTEPATH", "IPCCONNNUM", "VSOCKREMOTECID",
		"VSOCKREMOTEPORT" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_row(environment_is_ours(all[i], strlen(all[i])), all[i]);
		assert_row(check_script_variable(all[i]).line == 1, all[i]);
	}
}

static void
what_draws_at_random_is_found_by_language(void **state)
{
	static const struct {
		const char *program, *text, *word;
	} rows[] = {
		{ "python3", "import os\nimport random\n", "random" },
		{ "python3", "import randomness, secrets\n", "" },
		{ "perl", "print int(rand(6));", "rand" },
		{ "perl", "print $operand;", "" }, { "bash", "echo $RANDOM", "RANDOM" },
		{ "bash", "echo $SRANDOM", "" },
		{ "lua", "print(math.random(6))", "math.random" },
		{ "lua", "print(math.randomseed(1))", "" },
		{ "php", "print mt_rand();", "mt_rand" },
		{ "php", "print random_int(1, 6);", "" },
		{ "ruby", "puts rand", "" }, /* is not copied */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct check_place found = check_script_random(
		    check_script_language(rows[i].program), rows[i].text);

		assert_row(strcmp(found.word, rows[i].word) == 0, rows[i].text);
		assert_row((found.line > 0) == (rows[i].word[0] != '\0'), rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interpreter_is_known_by_its_file),
		cmocka_unit_test(a_script_says_its_language_in_its_first_line),
		cmocka_unit_test(the_script_is_found_among_the_words),
		cmocka_unit_test(a_variable_of_the_connection_is_found_with_its_line),
		cmocka_unit_test(the_variables_are_those_of_the_engine),
		cmocka_unit_test(what_draws_at_random_is_found_by_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
