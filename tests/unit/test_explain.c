/*
 * What happens to a connection, told: every setting has its place, and its value.
 */
#include "unit.h"

#include "explain.h"
#include "settings.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_is_told),
		cmocka_unit_test(every_setting_has_one_line_with_its_help),
		cmocka_unit_test(what_differs_from_the_default_is_marked),
		cmocka_unit_test(a_value_is_not_quoted_again),
		cmocka_unit_test(a_service_begins_with_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
