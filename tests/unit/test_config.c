/*
 * Configurations, and what is said about them.
 *
 * Each CASE.yaml of tests/unit/config is read, and CASE.said holds what must come of it:
 * the mistakes, as an operator sees them, or what was understood.
 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "settings.h"

/* ---- a configuration as text ----------------------------------------------------- */

static void
put_word(FILE *out, const char *what, const struct config_word *word)
{
	if (word->text != NULL)
		(void)fprintf(out, "%s '%s' at %u:%u\n", what, word->text,
		    word->mark.line, word->mark.column);
}

static void
put_service(FILE *out, const struct config_service *service)
{
	put_word(out, "service", &service->name);
	for (size_t i = 0; i < service->listens.count; i++)
		put_word(out, "  listen", &service->listens.items[i]);
	for (size_t i = 0; i < service->program.count; i++)
		put_word(out, "  program", &service->program.items[i]);
	for (size_t i = 0; i < service->uses.count; i++) {
		const struct config_use *use = &service->uses.items[i];

		(void)fprintf(out, "  %s = '%s' at %u:%u\n", use->name, use->value,
		    use->mark.line, use->mark.column);
	}
}

static void
put_config(FILE *out, const struct config *config)
{
	put_word(out, "log", &config->log);
	put_word(out, "quiet", &config->quiet);
	put_word(out, "control", &config->control);
	put_word(out, "name", &config->name);
	for (size_t i = 0; i < config->service_count; i++)
		put_service(out, &config->services[i]);
}

/* What is said about a configuration; the caller frees it. */
static char *
said_about(const char *name, const char *text, size_t length)
{
	struct diags diags = { 0 };
	struct config config;
	char *said = NULL;
	size_t size;

	diags.out = open_memstream(&said, &size);
	assert_non_null(diags.out);
	if (config_read_text(name, text, length, &diags, &config) == 0) {
		assert_int_equal(diags.mistakes, 0);
		put_config(diags.out, &config);
		config_free(&config);
	} else {
		assert_int_not_equal(diags.mistakes, 0);
	}
	(void)fclose(diags.out);
	return said;
}

/* ---- the cases ------------------------------------------------------------------- */

static char *
read_case(const char *name, const char *suffix, size_t *ret_length)
{
	char path[512];
	char *text = malloc(65536);
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s%s", CONFIG_CASES, name, suffix);
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("%s: cannot be opened", path);
	assert_non_null(text);
	*ret_length = fread(text, 1, 65535, file);
	text[*ret_length] = '\0';
	(void)fclose(file);
	return text;
}

static void
check_case(const char *file_name)
{
	char name[256];
	size_t length, expected_length;

	(void)snprintf(name, sizeof(name), "%s", file_name);
	*strrchr(name, '.') = '\0';

	char *text = read_case(name, ".yaml", &length);
	char *expected = read_case(name, ".said", &expected_length);
	char *said = said_about(file_name, text, length);

	if (strcmp(said, expected) != 0) {
		(void)fputs(said, stderr);
		fail_msg("%s: something else was said, see above", file_name);
	}
	free(text);
	free(expected);
	free(said);
}

static int
is_case(const struct dirent *entry)
{
	return strstr(entry->d_name, ".yaml") != NULL;
}

static void
every_case_says_what_it_must(void **state)
{
	struct dirent **entries;
	int count = scandir(CONFIG_CASES, &entries, is_case, alphasort);

	(void)state;
	assert_true(count >= 20);
	for (int i = 0; i < count; i++) {
		check_case(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void
the_example_is_without_mistakes(void **state)
{
	struct diags diags = { .out = stderr };
	struct config config;

	(void)state;
	assert_int_equal(config_read(CONFIG_EXAMPLE, &diags, &config), 0);
	assert_int_equal(config.service_count, 3);
	assert_non_null(config_find(&config, "upper"));
	config_free(&config);
}

/* ---- without a file -------------------------------------------------------------- */

#define GOOD                                                                             \
	"defaults: {user: nobody}\n"                                                     \
	"services:\n"                                                                    \
	"  a: {listen: [1, '127.0.0.1:11'], program: [x, y], env: [A=1, B=2]}\n"         \
	"  b: {listen: 2, program: z}\n"

static void
every_setting_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const char *name = settings_table[i].name;
		char text[256];

		(void)snprintf(text, sizeof(text),
		    "services: {a: {listen: 1, program: x, %s: \"\\e\"}}", name);

		char *said = said_about("x", text, strlen(text));

		assert_row(strstr(said, "is not a setting") == NULL, name);
		free(said);
	}
}

/* Reads GOOD, and tells what the engine would say. */
static char *
told(const char *message)
{
	struct diags diags = { 0 };
	struct config config;
	char *said = NULL;
	size_t size;

	diags.out = open_memstream(&said, &size);
	assert_int_equal(
	    config_read_text("x.yaml", GOOD, strlen(GOOD), &diags, &config), 0);
	config_tell(&config, &diags, message);
	config_free(&config);
	(void)fclose(diags.out);
	return said;
}

static void
the_engines_words_are_told_at_their_place(void **state)
{
	static const struct {
		const char *message, *said;
	} rows[] = {
		{ "b: user: there is no user nobody",
		    "x.yaml:1:18: b: user: there is no user nobody\n"
		    "    defaults: {user: nobody}\n"
		    "                     ^~~~~~\n" },
		{ "a: env: it is full",
		    "x.yaml:3:64: a: env: it is full\n"
		    "      a: {listen: [1, '127.0.0.1:11'], program: [x, y], env: [A=1, B=2]}\n"
		    "                                                                   ^~~\n" },
		{ "a: env: 'A=1' is what 'B=2' was",
		    "x.yaml:3:59: a: env: 'A=1' is what 'B=2' was\n"
		    "      a: {listen: [1, '127.0.0.1:11'], program: [x, y], env: [A=1, B=2]}\n"
		    "                                                              ^~~\n" },
		{ "a: env: A=1:7: is wrong",
		    "x.yaml:3:59: a: env: A=1:7: is wrong\n"
		    "      a: {listen: [1, '127.0.0.1:11'], program: [x, y], env: [A=1, B=2]}\n"
		    "                                                              ^~~\n" },
		{ "a: listen: 127.0.0.1:11: in use",
		    "x.yaml:3:19: a: listen: 127.0.0.1:11: in use\n"
		    "      a: {listen: [1, '127.0.0.1:11'], program: [x, y], env: [A=1, B=2]}\n"
		    "                      ^~~~~~~~~~~~~~\n" },
		{ "b: program: not found\n    is it installed?",
		    "x.yaml:4:27: b: program: not found\n"
		    "      b: {listen: 2, program: z}\n"
		    "                              ^\n"
		    "    is it installed?\n" },
		{ "b: max: too many\nc: max: too many\nout of luck",
		    "x.yaml:4:3: b: max: too many\n"
		    "      b: {listen: 2, program: z}\n"
		    "      ^\n"
		    "c: max: too many\n"
		    "out of luck\n" },
		{ "a: no more", "x.yaml:3:3: a: no more\n"
				"      a: {listen: [1, '127.0.0.1:11'], program: [x, y], "
				"env: [A=1, B=2]}\n"
				"      ^\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *said = told(rows[i].message);

		assert_string_equal(said, rows[i].said);
		free(said);
	}
}

static void
the_only_service_need_not_be_named(void **state)
{
	static const char text[] = "services: {a: {listen: 1, program: x, user: u}}\n";
	struct diags diags = { 0 };
	struct config config;
	char *said = NULL;
	size_t size;

	(void)state;
	diags.out = open_memstream(&said, &size);
	assert_int_equal(config_read_text("x", text, strlen(text), &diags, &config), 0);
	config_tell(&config, &diags, "user: 'u' is not a user of this machine");
	config_free(&config);
	(void)fclose(diags.out);
	assert_string_equal(said, "x:1:45: user: 'u' is not a user of this machine\n"
				  "    services: {a: {listen: 1, program: x, user: u}}\n"
				  "                                                ^\n");
	free(said);
}

static void
a_setting_has_a_place(void **state)
{
	struct diags diags = { .out = stderr };
	struct config config;
	struct mark mark;

	(void)state;
	assert_int_equal(
	    config_read_text("x.yaml", GOOD, strlen(GOOD), &diags, &config), 0);
	assert_true(config_place(&config, "a", "env", &mark));
	assert_int_equal(mark.line, 3);
	assert_int_equal(mark.column, 64);
	assert_true(config_place(&config, "a", "listen", &mark));
	assert_int_equal(mark.column, 16);
	assert_true(config_place(&config, "b", "max", &mark));
	assert_int_equal(mark.line, 4);
	assert_int_equal(mark.column, 3);
	assert_false(config_place(&config, "c", "max", &mark));
	assert_null(config_find(&config, "c"));
	config_free(&config);
}

static void
only_so_many_mistakes_are_shown(void **state)
{
	char text[8192];
	struct text lines = TEXT_ON(text);
	char *said;
	const char *last;

	(void)state;
	for (int i = 0; i < 150; i++)
		text_printf(&lines, "nothing-like-it-%d: 1\n", i);
	said = said_about("x", text, lines.used);
	last = strstr(said, "and 50 more mistakes\n");
	assert_non_null(last);
	assert_int_equal(strlen(last), strlen("and 50 more mistakes\n"));
	assert_null(strstr(said, "nothing-like-it-100"));
	free(said);
}

static void
mistakes_of_before_do_not_count(void **state)
{
	struct diags diags = { .out = stderr, .mistakes = 3 };
	struct config config;

	(void)state;
	assert_int_equal(
	    config_read_text("x.yaml", GOOD, strlen(GOOD), &diags, &config), 0);
	config_free(&config);
	assert_int_equal(diags.mistakes, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_says_what_it_must),
		cmocka_unit_test(the_example_is_without_mistakes),
		cmocka_unit_test(every_setting_is_known),
		cmocka_unit_test(the_engines_words_are_told_at_their_place),
		cmocka_unit_test(the_only_service_need_not_be_named),
		cmocka_unit_test(a_setting_has_a_place),
		cmocka_unit_test(only_so_many_mistakes_are_shown),
		cmocka_unit_test(mistakes_of_before_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
