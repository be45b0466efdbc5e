/*
 * What happens to a connection, told: every setting has its place, and its value.
 */
#include "unit.h"

#include "explain.h"
#include "settings.h"
#include "text.h"

#define VALUES_MAX 128

/* What is printed of a service with these values. */
static char *
printed(const char *const *values)
{
	const struct explain_service service = { .name = "echo",
		.listen = "127.0.0.1:7",
		.program = "@echo",
		.values = values };
	char *said = NULL;
	size_t size;
	FILE *out = open_memstream(&said, &size);

	assert_non_null(out);
	explain_print(out, &service);
	assert_int_equal(fclose(out), 0);
	return said;
}

/* How many lines begin with that setting; the last one in *ret_line. */
static unsigned
count_lines(const char *said, const char *name, const char **ret_line)
{
	unsigned count = 0;

	for (const char *line = said; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strlen(line) < 6 || strncmp(line, "    ", 4) != 0 ||
		    strncmp(line + 6, name, strlen(name)) != 0 ||
		    line[6 + strlen(name)] != ' ')
			continue;
		count++;
		*ret_line = line;
	}
	return count;
}

static void
every_setting_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++)
		assert_row(explain_knows(settings_table[i].name), settings_table[i].name);
	assert_false(explain_knows("listen"));
	assert_false(explain_knows(""));
}

static void
every_setting_has_one_line_with_its_help(void **state)
{
	const char *values[VALUES_MAX] = { NULL };
	char *said = printed(values);

	(void)state;
	assert_in_range(settings_count, 1, VALUES_MAX);
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];
		const char *line = said;

		assert_row(count_lines(said, setting->name, &line) == 1, setting->name);
		assert_row(strcspn(line, "\n") > strlen(setting->help) &&
			       strncmp(line + strcspn(line, "\n") - strlen(setting->help),
				   setting->help, strlen(setting->help)) == 0,
		    setting->name);
	}
	free(said);
}

static void
what_differs_from_the_default_is_marked(void **state)
{
	const char *values[VALUES_MAX] = { NULL };
	char *said;

	(void)state;
	values[settings_find("max") - settings_table] = "64";
	values[settings_find("keepalive") - settings_table] = "1m"; /* written "60s" */
	values[settings_find("eof-grace") - settings_table] = "6s";
	values[settings_find("user") - settings_table] = "";
	said = printed(values);
	assert_non_null(strstr(said, "    * max                 64 "));
	assert_non_null(strstr(said, "      keepalive           1m "));
	assert_non_null(strstr(said, "    * eof-grace           6s "));
	assert_non_null(strstr(said, "      user                - "));
	assert_non_null(strstr(said, "      nice                ? "));
	free(said);
}

/* All as it is by default, but for one. */
static char *
printed_with(const char *name, const char *value)
{
	static char put[VALUES_MAX][64];
	const char *values[VALUES_MAX] = { NULL };
	struct settings defaults;

	assert_int_equal(settings_init(&defaults), 0);
	for (size_t i = 0; i < settings_count; i++) {
		struct text text = TEXT_ON(put[i]);

		put[i][0] = '\0';
		setting_put_value(&text, &settings_table[i], &defaults);
		values[i] = put[i];
	}
	settings_done(&defaults);
	if (name != NULL)
		values[settings_find(name) - settings_table] = value;
	return printed(values);
}

static void
a_step_that_nothing_asks_for_is_one_line(void **state)
{
	static const struct {
		const char *name, *value, *absent, *title;
	} rows[] = {
		{ "proxy-from", "192.0.2.1",
		    "  No PROXY header is awaited (proxy-from)\n",
		    "  A PROXY header says who the client is\n    * proxy-from  " },
		{ "deny", "192.0.2.1", "  Whoever it is may come in (allow, deny, ",
		    "  Rules say whether it may come in\n      allow  " },
		{ "exempt", "192.0.2.1", "  Nobody is spared what follows (exempt)\n",
		    "  Some are spared most of what follows\n    * exempt  " },
		{ "penalty", "any:5s", "  Nothing is held against its source (penalty)\n",
		    "  What its source has done may keep it out\n    * penalty  " },
		{ "rate", "50/s", "  It may come as often as it likes (",
		    "  It comes in its turn\n      rate-per-source     off  " },
		{ "policy", "/bin/x", "  No program is asked about it (policy)\n",
		    "  A program is asked about it\n    * policy  " },
		{ "refuse-text-for", "rate=x", "  If it is refused, it is told nothing (",
		    "  If it is refused, it is told so\n      refuse-text  " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *without = printed_with(NULL, NULL);
		char *with = printed_with(rows[i].name, rows[i].value);

		assert_row(strstr(without, rows[i].absent) != NULL, rows[i].name);
		assert_row(strstr(without, rows[i].title) == NULL, rows[i].name);
		assert_row(strstr(with, rows[i].title) != NULL, rows[i].name);
		assert_row(strstr(with, rows[i].absent) == NULL, rows[i].name);
		free(without);
		free(with);
	}
}

static void
a_value_is_not_quoted_again(void **state)
{
	const char *values[VALUES_MAX] = { NULL };
	char *said;

	(void)state;
	values[settings_find("banner") - settings_table] = "hi\\x0a";
	said = printed(values);
	assert_non_null(strstr(said, " hi\\x0a "));
	free(said);
}

static void
a_service_begins_with_what_it_is(void **state)
{
	static const char *const none[VALUES_MAX] = { NULL };
	char *said = printed(none);

	(void)state;
	assert_ptr_equal(strstr(said, "echo\n  listens on 127.0.0.1:7\n"
				      "  each client gets a process of @echo\n"),
	    said);
	free(said);
}

/* What is printed of that step for a service of that program. */
static char *
printed_ahead(const char *program, const char *start, bool is_running)
{
	const char *values[VALUES_MAX] = { NULL };
	const struct explain_service service = { .name = "s",
		.program = program,
		.values = values,
		.now = is_running ? "warm, 4 of 4 ready" : NULL,
		.counts = is_running ? "9 clients met one" : NULL };
	char *said = NULL, *step, *end;
	size_t size;
	FILE *out = open_memstream(&said, &size);

	assert_non_null(out);
	values[settings_find("start") - settings_table] = start;
	explain_print(out, &service);
	assert_int_equal(fclose(out), 0);
	step = strstr(said, "already\n");
	end = strstr(said, " start  ");
	assert_true(step != NULL && end != NULL && step < end);
	step = strndup(step + strlen("already\n"), (size_t)(end - step) - 13);
	free(said);
	return step;
}

static void
what_waits_is_told_by_what_was_asked(void **state)
{
	static const struct {
		const char *program, *start, *contained;
	} rows[] = {
		{ "/bin/cat", "spare", "    all stages are behind it" },
		{ "/bin/cat", "warm", "    the program runs already" },
		{ "/bin/cat", "warm", "of TCPREMOTEIP and the like is empty\n" },
		{ "/bin/cat", "clone", "    a copy of the program" },
		{ "@echo", "clone", "    the built-in waits" },
		{ "@echo", "fresh", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *said = printed_ahead(rows[i].program, rows[i].start, false);

		assert_row(strstr(said, rows[i].contained) != NULL, rows[i].contained);
		assert_null(strstr(said, "now:"));
		free(said);
	}
}

static void
of_a_server_that_runs_it_is_told_what_there_is(void **state)
{
	char *said = printed_ahead("/bin/cat", "warm", true);

	(void)state;
	assert_non_null(strstr(said, "    now: warm, 4 of 4 ready\n"
				     "    so far: 9 clients met one\n"));
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_is_told),
		cmocka_unit_test(every_setting_has_one_line_with_its_help),
		cmocka_unit_test(what_differs_from_the_default_is_marked),
		cmocka_unit_test(a_step_that_nothing_asks_for_is_one_line),
		cmocka_unit_test(a_value_is_not_quoted_again),
		cmocka_unit_test(what_waits_is_told_by_what_was_asked),
		cmocka_unit_test(of_a_server_that_runs_it_is_told_what_there_is),
		cmocka_unit_test(a_service_begins_with_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
