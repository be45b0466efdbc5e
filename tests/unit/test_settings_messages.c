/*
 * What an operator is told about a setting that is none, or a value that will not do.
 */
#include "settings_said.h"

static void
a_message_says_what_would_be_right(void **state)
{
	static const struct {
		const char *name, *value, *message;
	} rows[] = {
		{ "max", "0",
		    "max: '0' is not a number from 1 to 1000000 or auto "
		    "(default auto)" },
		{ "max-per-source", "0",
		    "max-per-source: '0' is not a number from 1 to "
		    "1000000 or none (default none)" },
		{ "backlog", "4294967376",
		    "backlog: '4294967376' is not a number from 1 to "
		    "65535 or somaxconn (default somaxconn)" },
		{ "files", "2",
		    "files: '2' is not a number from 3 to 1048576 "
		    "(unset by default)" },
		{ "nice", "20",
		    "nice: '20' is not a number from -20 to 19 "
		    "(unset by default)" },
		{ "idle-timeout", "5x",
		    "idle-timeout: '5x' is not a time from 10ms to 365d "
		    "or off (default off)" },
		{ "keepalive", "1500ms",
		    "keepalive: '1500ms' is not a time in whole "
		    "seconds from 1s to 32767s or off (default 60s)" },
		{ "term-grace", "off",
		    "term-grace: 'off' is not a time from 10ms to 1h "
		    "(default 5s)" },
		{ "memory", "unlimited",
		    "memory: 'unlimited' is not a size from 64K to "
		    "1024T (unset by default)" },
		{ "no-delay", "", "no-delay: '' is not yes or no (default no)" },
		{ "stderr", "file",
		    "stderr: 'file' is not log, client, inherit or null "
		    "(default log)" },
		{ "env-style", "ncat,nc",
		    "env-style: 'ncat,nc' is not a comma-separated "
		    "list of ucspi, cgi, ncat, socat and busybox, "
		    "or none (default ucspi,cgi)" },
		{ "umask", "1000",
		    "umask: '1000' is not an octal mode from 000 to 777 "
		    "(default 022)" },
		{ "source-prefix", "32",
		    "source-prefix: '32' is not V4/V6 with V4 from 8 to "
		    "32 and V6 from 16 to 128 (default 32/64)" },
		{ "banner", "\\q",
		    "banner: '\\\\q' is not text with no other escapes than "
		    "\\n \\r \\t \\\\ \\0 \\e \\xHH (unset by default)" },
		{ "user", "", "user: '' is not a name (unset by default)" },
		{ "dir", "srv",
		    "dir: 'srv' is not a path that begins with / "
		    "(unset by default)" },
		{ "env", "A",
		    "env: 'A' is not NAME=VALUE with a NAME of letters, digits "
		    "and _ (unset by default)" },
		{ "pass-env", "A=1",
		    "pass-env: 'A=1' is not a NAME of letters, digits and _ "
		    "(unset by default)" },
		{ "groups", "",
		    "groups: '' is not a group to add, or none alone "
		    "(unset by default)" },
		{ "max", "\033[2J\n",
		    "max: '\\x1b[2J\\x0a' is not a number from 1 to "
		    "1000000 or auto (default auto)" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char message[512];
		int r = settings_set(
		    s, rows[i].name, rows[i].value, message, sizeof(message));

		assert_row(r == -EINVAL || r == -ERANGE, rows[i].value);
		assert_string_equal(message, rows[i].message);
	}
}

static void
an_unknown_setting_is_told_the_nearest_name(void **state)
{
	static const struct {
		const char *name, *message;
	} rows[] = {
		{ "max-conns", "max-conns is not a setting; did you mean max?" },
		{ "max-per-sorce", "max-per-sorce is not a setting; did you mean "
				   "max-per-source?" },
		{ "Max", "Max is not a setting; did you mean max?" },
		{ "usr", "usr is not a setting; did you mean user?" },
		{ "idle", "idle is not a setting; did you mean idle-timeout?" },
		{ "no_delay", "no_delay is not a setting; did you mean no-delay?" },
		{ "xyzzy", "xyzzy is not a setting" },
		{ "-", "- is not a setting" },
		{ "", " is not a setting" },
		{ "a\nb", "a\\x0ab is not a setting" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char message[512];

		assert_int_equal(
		    settings_set(s, rows[i].name, "1", message, sizeof(message)),
		    -ENOENT);
		assert_string_equal(message, rows[i].message);
	}
}

static void
a_long_value_does_not_hide_the_advice(void **state)
{
	struct settings *s = *state;
	char value[4096], message[512];

	memset(value, '9', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(
	    settings_set(s, "max", value, message, sizeof(message)), -ERANGE);
	assert_non_null(strstr(message, "999...' is not a number from 1 to 1000000"));
}

static void
a_message_fits_where_it_is_put(void **state)
{
	struct settings *s = *state;
	char message[16] = "";

	assert_int_equal(settings_set(s, "max", "x", message, sizeof(message)), -EINVAL);
	assert_string_equal(message, "max: 'x' is not");
	assert_int_equal(settings_set(s, "max", "x", NULL, 0), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_settings(a_message_says_what_would_be_right),
		with_settings(an_unknown_setting_is_told_the_nearest_name),
		with_settings(a_long_value_does_not_hide_the_advice),
		with_settings(a_message_fits_where_it_is_put),
	};

	return cmocka_run_group_tests_name("settings_messages", tests, NULL, NULL);
}
