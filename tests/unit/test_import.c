/*
 * What an import makes of texts, without files and without the machine's services.
 */
#include "unit.h"

#include <stdlib.h>

#include "inetd.h"
#include "scalar.h"
#include "settings.h"
#include "systemd.h"
#include "systemd_keys.h"
#include "systemd_value.h"
#include "xinetd.h"
#include "xinetd_attributes.h"

/* A draft and what was said and printed about it. */
struct scene {
	struct draft draft;
	char *messages, *printed;
	size_t messages_size, printed_size;
};

static unsigned
port_of_test(const char *service)
{
	return strcmp(service, "git") == 0 ? 9418 : 0;
}

static int
setup(void **state)
{
	static struct scene scene;
	FILE *messages;

	scene = (struct scene){ .messages = NULL };
	messages = open_memstream(&scene.messages, &scene.messages_size);
	assert_non_null(messages);
	draft_init(&scene.draft, "a test", messages);
	scene.draft.port = port_of_test;
	*state = &scene;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *scene = *state;

	if (scene->draft.messages != NULL)
		(void)fclose(scene->draft.messages);
	draft_done(&scene->draft);
	free(scene->messages);
	free(scene->printed);
	return 0;
}

static const char *
printed(struct scene *scene)
{
	FILE *out = open_memstream(&scene->printed, &scene->printed_size);

	assert_non_null(out);
	assert_int_equal(draft_print(&scene->draft, out), 0);
	(void)fclose(out);
	(void)fclose(scene->draft.messages);
	scene->draft.messages = NULL;
	return scene->printed;
}

#define assert_has(text, part)                                                           \
	do {                                                                             \
		if (strstr(text, part) == NULL)                                          \
			fail_msg("no '%s' in:\n%s", part, text);                         \
	} while (0)

/* ---- tables ----------------------------------------------------------------------- */

static void
every_attribute_of_xinetd_becomes_a_setting_there_is(void **state)
{
	const struct xinetd_attribute *attribute;

	(void)state;
	for (size_t i = 0; (attribute = xinetd_attributes_at(i)) != NULL; i++)
		if (attribute->fate == XINETD_COUNT || attribute->fate == XINETD_WORD ||
		    attribute->fate == XINETD_LIST)
			assert_row(
			    settings_find(attribute->word) != NULL, attribute->name);
}

static void
the_first_row_that_fits_decides_what_becomes_of_a_key(void **state)
{
	static const struct {
		const char *section, *name;
		enum systemd_fate fate;
	} rows[] = {
		{ "Socket", "ListenStream", SYSTEMD_READ },
		{ "Socket", "ListenFIFO", SYSTEMD_LOST },
		{ "Socket", "NoSuchKey", SYSTEMD_LOST },
		{ "Service", "ExecStart", SYSTEMD_READ },
		{ "Service", "ExecPaths", SYSTEMD_LOST },
		{ "Service", "LimitNOFILE", SYSTEMD_LIMIT },
		{ "Service", "LimitSTACK", SYSTEMD_LIMIT },
		{ "Service", "WorkingDirectory", SYSTEMD_READ },
		{ "Service", "StateDirectory", SYSTEMD_LOST },
		{ "Service", "X-Anything", SYSTEMD_TOLD },
		{ "Unit", "Description", SYSTEMD_TOLD },
		{ "Timer", "OnCalendar", SYSTEMD_LOST },
		{ "", "", SYSTEMD_LOST },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct systemd_key *key =
		    systemd_keys_find(rows[i].section, rows[i].name);

		assert_non_null(key);
		assert_row(key->fate == rows[i].fate, rows[i].name);
	}
}

/* ---- values of systemd ------------------------------------------------------------ */

static void
a_time_of_systemd_is_one_of_ours(void **state)
{
	static const struct {
		const char *theirs, *ours;
	} rows[] = {
		{ "90", "90s" },
		{ "1min 30s", "90s" },
		{ "1min30s", "90s" },
		{ "1500ms", "1500ms" },
		{ "1.5", "1500ms" },
		{ "0.25 h", "900s" },
		{ "500us", "1ms" },
		{ "2 weeks", "1209600s" },
		{ "infinity", "off" },
		{ "0", "off" },
		{ "", NULL },
		{ "soon", NULL },
		{ "1 fortnight", NULL },
		{ "-1", NULL },
		{ "99999999999999999999", NULL },
		{ "1y 9223372036854775807", NULL },
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *time =
		    systemd_value_time(&scene->draft.store, rows[i].theirs);

		if (rows[i].ours == NULL)
			assert_row(time == NULL, rows[i].theirs);
		else
			assert_string_equal(time, rows[i].ours);
	}
}

static void
words_are_split_and_unquoted_as_systemd_does(void **state)
{
	static const struct {
		const char *line, *words[4];
	} rows[] = {
		{ "", { NULL } },
		{ "  a\tb ", { "a", "b" } },
		{ "\"a b\" 'c d'", { "a b", "c d" } },
		{ "x\"a b\"y 'it''s'", { "xa by", "its" } },
		{ "\\x41\\101\\u00e4 \\s \\t", { "AA\xc3\xa4", " ", "\t" } },
		{ "'' \"\"", { "", "" } },
		{ "a\\;b \\;", { "a\\;b", "\\;" } },
	};
	static const char *const wrong[] = { "\"a", "'", "a\\", "\\q", "\\x4", "\\u12",
		"\\x00", "\\000", "\\400", "\\Uffffffff" };
	struct scene *scene = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct words words = { .count = 0 };

		assert_int_equal(
		    systemd_value_split(&words, &scene->draft.store, rows[i].line), 0);
		for (size_t j = 0; rows[i].words[j] != NULL; j++) {
			assert_row(j < words.count, rows[i].line);
			assert_string_equal(words.at[j], rows[i].words[j]);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct words words = { .count = 0 };

		assert_row(
		    systemd_value_split(&words, &scene->draft.store, wrong[i]) == -EINVAL,
		    wrong[i]);
	}
}

static void
a_specifier_is_replaced_only_if_it_is_the_same_for_every_client(void **state)
{
	struct scene *scene = *state;
	struct store *store = &scene->draft.store;

	assert_string_equal(systemd_value_expand(store, "%t/%p%%", "x-y"), "/run/x-y%");
	assert_string_equal(systemd_value_expand(store, "", "x"), "");
	assert_null(systemd_value_expand(store, "a%i", "x"));
	assert_null(systemd_value_expand(store, "%", "x"));
	assert_null(systemd_value_expand(store, "%P", "x-y"));
}

/* ---- what is printed -------------------------------------------------------------- */

static void
a_word_that_could_be_something_else_is_quoted(void **state)
{
	static const struct {
		const char *word, *printed;
	} rows[] = {
		{ "/bin/x", "/bin/x" },
		{ "--level", "--level" },
		{ "-l", "-l" },
		{ "127.0.0.1:7", "127.0.0.1:7" },
		{ "", "\"\"" },
		{ "-", "\"-\"" },
		{ "---", "\"---\"" },
		{ "-1", "\"-1\"" },
		{ "10", "\"10\"" },
		{ "1:30", "\"1:30\"" },
		{ "1.2.3.4:", "\"1.2.3.4:\"" },
		{ "0x10", "\"0x10\"" },
		{ ".inf", "\".inf\"" },
		{ "No", "\"No\"" },
		{ "null", "\"null\"" },
		{ "~", "\"~\"" },
		{ "=", "\"=\"" },
		{ "@echo", "\"@echo\"" },
		{ "a: b", "\"a: b\"" },
		{ "a #b", "\"a #b\"" },
		{ "a\\\"\n\x01", "\"a\\\\\\\"\\n\\U00000001\"" },
		{ "\xc3\xa4\xc2\x85\xe2\x80\xa8", "\"\xc3\xa4\\U00000085\\U00002028\"" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		scalar_put_word(out, rows[i].word);
		(void)fclose(out);
		assert_string_equal(text, rows[i].printed);
		free(text);
	}
	assert_true(scalar_may_be("\xc3\xa4"));
	assert_false(scalar_may_be("\xe4"));
	assert_false(scalar_may_be("\xed\xa0\x80"));
}

static void
names_are_valid_and_each_is_there_once(void **state)
{
	struct scene *scene = *state;
	const char *text;

	inetd_read(&scene->draft, "x",
	    "## git stream tcp nowait a /bin/a\n"
	    "git stream tcp nowait b /bin/b\n"
	    "git stream tcp nowait c /bin/c\n"
	    "1 stream tcp nowait d /bin/a(b\n");
	text = printed(scene);
	assert_has(text, "\n  git:\n    # x:2\n");
	assert_has(text, "\n  git-2:\n    # x:3\n");
	assert_has(text, "\n  # git-3:\n  #   # x:1\n");
	assert_has(text, "\n  a-b:\n");
	assert_has(text, "\n# 3 services, 1 switched off, 0 things without equivalent\n");
}

static void
a_service_that_would_gain_rights_is_not_served(void **state)
{
	struct scene *scene = *state;
	const char *text;

	inetd_read(&scene->draft, "x", "git stream tcp nowait :staff /bin/a\n");
	text = printed(scene);
	assert_has(text, "services: {}\n");
	assert_has(text, "without its user it has the rights of prong");
}

static void
an_include_that_nobody_follows_is_told(void **state)
{
	struct scene *scene = *state;
	struct xinetd xinetd = { .draft = &scene->draft };

	xinetd_read(&xinetd, "x", "\ninclude /etc/y\n");
	xinetd_finish(&xinetd);
	(void)printed(scene);
	assert_string_equal(scene->messages, "x:2: include /etc/y was not followed\n");
}

static void
nothing_a_file_says_begins_a_line_or_moves_a_cursor(void **state)
{
	struct scene *scene = *state;
	const char *text;

	inetd_read(&scene->draft, "a\nb",
	    "x\x1b[2J y\n#@ \x1b[2J\xe2\x80\xa8"
	    "ftp:\n");
	text = printed(scene);
	assert_has(text, "#@ \\x1b[2J\\xe2\\x80\\xa8"
			 "ftp:");
	assert_has(scene->messages, "a\\x0ab:1: not a service");
}

#define with_scene(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_attribute_of_xinetd_becomes_a_setting_there_is),
		cmocka_unit_test(the_first_row_that_fits_decides_what_becomes_of_a_key),
		with_scene(a_time_of_systemd_is_one_of_ours),
		with_scene(words_are_split_and_unquoted_as_systemd_does),
		with_scene(
		    a_specifier_is_replaced_only_if_it_is_the_same_for_every_client),
		cmocka_unit_test(a_word_that_could_be_something_else_is_quoted),
		with_scene(names_are_valid_and_each_is_there_once),
		with_scene(a_service_that_would_gain_rights_is_not_served),
		with_scene(an_include_that_nobody_follows_is_told),
		with_scene(nothing_a_file_says_begins_a_line_or_moves_a_cursor),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
