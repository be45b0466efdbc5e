/*
 * What an operator can say about a service: the words, and what they set.
 */
#include "settings_said.h"

/* ---- the table ------------------------------------------------------------------- */

static void
every_row_is_complete_and_has_a_name_of_its_own(void **state)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];
		bool has_words =
		    setting->kind == KIND_CHOICE || setting->kind == KIND_FLAGS;

		assert_ptr_equal(settings_find(setting->name), setting);
		assert_row(setting->group < GROUP_COUNT, setting->name);
		assert_row(*setting->argument != '\0', setting->name);
		assert_row(*setting->help != '\0', setting->name);
		assert_row(setting->min <= setting->max, setting->name);
		assert_row((setting->choices != NULL) == has_words, setting->name);
	}
	assert_null(settings_find(""));
	assert_null(settings_find("Max"));
	assert_null(settings_find("max "));
}

static void
every_group_has_a_title(void **state)
{
	for (enum setting_group i = 0; i < GROUP_COUNT; i++)
		assert_true(*setting_group_title(i) != '\0');
}

static void
the_defaults_are_in_force_at_first(void **state)
{
	struct settings *s = *state;

	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];
		const char *expected = setting->preset;

		if (strcmp(setting->name, "max-per-source") == 0 ||
		    strcmp(setting->name, "reserve") == 0)
			expected = "none";
		if (strcmp(setting->name, "keepalive") == 0)
			expected = "1m"; /* the same time in its largest unit */
		assert_string_equal(value_of(s, setting->name), expected);
	}
	assert_int_equal(s->max, 0);
	assert_int_equal(s->umask, 022);
	assert_int_equal(s->term_grace, 5000);
	assert_int_equal(s->stderr_to, STDERR_LOG);
	assert_int_equal(s->on_hangup, ON_HANGUP_TERM);
	assert_int_equal(s->env_style, ENV_UCSPI | ENV_CGI);
	assert_null(s->dir);
	assert_null(s->user);
	assert_null(s->env.words);
	assert_false(s->nice.is_set);
	assert_false(s->limit_core.is_set);
}

/* One of each kind that owns memory or has a flag beside its number. */
static void
what_was_said_can_be_taken_back(void **state)
{
	static const char *const said[][2] = { { "max", "7" }, { "nice", "5" },
		{ "core", "1M" }, { "session-timeout", "9s" }, { "user", "nobody" },
		{ "dir", "/" }, { "env", "A=B" }, { "banner", "hello" },
		{ "stderr", "null" }, { "umask", "077" }, { "rate", "5/s" },
		{ "uid-range", "1000-2000" }, { "no-delay", "yes" } };
	struct settings *s = *state;
	char before[256];

	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		(void)snprintf(before, sizeof(before), "%s", value_of(s, said[i][0]));
		assert_int_equal(
		    settings_set(s, said[i][0], said[i][1], (char[64]){ 0 }, 64), 0);
		assert_row(strcmp(value_of(s, said[i][0]), before) != 0, said[i][0]);
		assert_int_equal(settings_reset(s, said[i][0]), 0);
		assert_string_equal(value_of(s, said[i][0]), before);
	}
	assert_int_equal(settings_reset(s, "nothing"), -ENOENT);
	assert_null(s->env.words);
	assert_false(s->nice.is_set);
}

/* ---- values ---------------------------------------------------------------------- */

static void
a_value_is_read_and_put_as_an_operator_would(void **state)
{
	static const struct {
		const char *name, *value, *in_force;
	} rows[] = {
		{ "backlog", "1", "1" },
		{ "backlog", "65535", "65535" },
		{ "backlog", "somaxconn", "somaxconn" },
		{ "keepalive", "off", "off" },
		{ "keepalive", "90s", "90s" },
		{ "keepalive", "32767s", "32767s" },
		{ "no-delay", "yes", "yes" },
		{ "no-delay", "on", "yes" },
		{ "no-delay", "true", "yes" },
		{ "no-delay", "1", "yes" },
		{ "no-delay", "no", "no" },
		{ "no-delay", "off", "no" },
		{ "no-delay", "false", "no" },
		{ "no-delay", "0", "no" },
		{ "bind-device", "eth0", "eth0" },
		{ "unix-mode", "0660", "660" },
		{ "unix-mode", "7777", "7777" },
		{ "unix-mode", "0", "000" },
		{ "unix-owner", "www:www", "www:www" },
		{ "dir", "/srv/my files", "/srv/my files" },
		{ "dir", "/a\nb", "/a\\x0ab" },
		{ "env-style", "none", "none" },
		{ "env-style", "busybox,ncat", "ncat,busybox" },
		{ "env-style", "cgi,cgi", "cgi" },
		{ "env-style", "ucspi,cgi,ncat,socat,busybox",
		    "ucspi,cgi,ncat,socat,busybox" },
		{ "stderr", "client", "client" },
		{ "stderr", "null", "null" },
		{ "pty", "cooked", "cooked" },
		{ "banner", "hi\\r\\n", "hi\\x0d\\x0a" },
		{ "banner", "", "" },
		{ "umask", "7", "007" },
		{ "nice", "-20", "-20" },
		{ "nice", "0", "0" },
		{ "nice", "19", "19" },
		{ "start", "clone", "clone" },
		{ "spares-max", "10000", "10000" },
		{ "start-timeout", "100ms", "100ms" },
		{ "clone-age", "off", "off" },
		{ "user", "0", "0" },
		{ "memory", "64K", "64K" },
		{ "memory", "1000000", "1000000" },
		{ "memory", "1024M", "1G" },
		{ "memory", "1024T", "1024T" },
		{ "core", "0", "0" },
		{ "cpu-time", "90s", "90s" },
		{ "cpu-time", "0.5h", "30m" },
		{ "files", "3", "3" },
		{ "max", "1000000", "1000000" },
		{ "max", "auto", "auto" },
		{ "max-per-source", "8", "8" },
		{ "max-per-source", "none", "none" },
		{ "when-full", "refuse", "refuse" },
		{ "source-prefix", "8/16", "8/16" },
		{ "source-prefix", "24/128", "24/128" },
		{ "session-timeout", "365d", "365d" },
		{ "session-timeout", "10ms", "10ms" },
		{ "idle-timeout", "0.5", "500ms" },
		{ "eof-grace", "off", "off" },
		{ "linger", "10m", "10m" },
		{ "drain-timeout", "off", "off" },
		{ "term-grace", "3600", "1h" },
		{ "on-hangup", "keep", "keep" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_row(set(s, rows[i].name, rows[i].value) == 0, rows[i].value);
		assert_string_equal(value_of(s, rows[i].name), rows[i].in_force);
	}
}

static void
what_is_no_such_value_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		const char *name, *values[24];
	} rows[] = {
		{ "max", { "", "0", "-1", "+1", " 1", "1 ", "010", "0x10", "10k", "1e9",
			     "1000001", "4294967296", "4294967297",
			     "18446744073709551616", "18446744073709551617", "none",
			     "off", "unlimited", "AUTO", "auto ", "1.0", "1,000" } },
		{ "max-per-source", { "0", "auto", "off", "", "1000001" } },
		{ "backlog", { "0", "65536", "4294967376", "auto", "-1" } },
		{ "files", { "2", "1048577", "unlimited", "none", "" } },
		{ "keepalive", { "0", "999ms", "1500ms", "32768s", "never", "-1", "" } },
		{ "session-timeout", { "0", "9ms", "366d", "0.0105s", "5x", "1m30s",
					 "OFF", "-5s", "05s", "18446744073709551616s" } },
		{ "cpu-time", { "off", "0", "1500ms", "0.5s", "" } },
		{ "term-grace", { "off", "0", "0s", "2h", "" } },
		{ "linger", { "11m" } },
		{ "memory", { "", "65535", "63K", "1025T", "unlimited", "64k", "-64K",
				"18446744073709551616", "infinity", "1.5G" } },
		{ "core", { "", "-1", "00", "unlimited" } },
		{ "no-delay", { "", "2", "Yes", "YES", "y", "ja", " yes" } },
		{ "stderr", { "", "file", "lo", "logs", "LOG", "0" } },
		{ "env-style", { "", ",", "cgi,", ",cgi", "cgi,,ucspi", "cgi ucspi",
				   "none,cgi", "cgi,none", "cg", "all" } },
		{ "umask", { "", "8", "01000", "1000", "u=rwx", "-1" } },
		{ "unix-mode", { "", "10000", "00660", "0o660" } },
		{ "nice", { "", "-21", "20", "-0", "+5", "--5", "- 5", "2147483648",
			      "-2147483649", "18446744073709551616", "05", "off" } },
		{ "start", { "", "WARM", "hot", "fresh,warm" } },
		{ "spares-min", { "0", "10001", "auto", "" } },
		{ "start-timeout", { "off", "99ms", "2h" } },
		{ "source-prefix", { "", "/", "32", "32/", "/64", "7/64", "33/64",
				       "32/15", "32/129", "32/64/", "32/64/1", "032/64",
				       "32 /64", "4294967328/64", "-32/64" } },
		{ "banner", { "\\", "\\q", "\\x1" } },
		{ "user", { "" } },
		{ "dir", { "", ".", "srv", "~/x", " /" } },
		{ "env", { "", "=", "=x", "NAME", "1A=x", "A-B=x", "A B=x", " A=x" } },
		{ "pass-env", { "", "A=x", "1A", "A-B", "A B", "\303\251" } },
		{ "groups", { "" } },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *before = strdup(value_of(s, rows[i].name));

		assert_non_null(before);
		for (size_t j = 0; rows[i].values[j] != NULL; j++) {
			int r = set(s, rows[i].name, rows[i].values[j]);

			assert_row(r == -EINVAL || r == -ERANGE, rows[i].values[j]);
			assert_string_equal(value_of(s, rows[i].name), before);
		}
		free(before);
	}
}

static void
a_later_value_replaces_an_earlier_one(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "user", "one"), 0);
	assert_int_equal(set(s, "user", "other"), 0);
	assert_string_equal(s->user, "other");
	assert_int_equal(set(s, "banner", "a\\0b"), 0);
	assert_int_equal(s->banner.length, 3);
	assert_memory_equal(s->banner.text, "a\0b", 4);
	assert_int_equal(set(s, "banner", ""), 0);
	assert_null(s->banner.text);
	assert_int_equal(s->banner.length, 0);
}

static void
a_list_grows_by_one_word_each_time(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "env", "A=1"), 0);
	assert_int_equal(set(s, "env", "_b2="), 0);
	assert_int_equal(set(s, "env", "C=a=b c"), 0);
	assert_int_equal(s->env.count, 3);
	assert_string_equal(s->env.words[2], "C=a=b c");
	assert_null(s->env.words[3]);
	assert_string_equal(value_of(s, "env"), "A=1 _b2= C=a=b c");
	assert_int_equal(setting_list_add(&s->listen, "9999"), 0);
	assert_string_equal(s->listen.words[0], "9999");
}

static void
groups_none_stands_alone(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "groups", "none"), 0);
	assert_int_equal(set(s, "groups", "wheel"), -EINVAL);
	assert_int_equal(set(s, "groups", "none"), -EINVAL);
	assert_string_equal(value_of(s, "groups"), "none");

	setting_list_done(&s->groups);
	assert_int_equal(set(s, "groups", "wheel"), 0);
	assert_int_equal(set(s, "groups", "none"), -EINVAL);
	assert_int_equal(set(s, "groups", "adm"), 0);
	assert_string_equal(value_of(s, "groups"), "wheel adm");
}

static void
words_come_in_the_order_of_their_enum(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "stderr", "null"), 0);
	assert_int_equal(s->stderr_to, STDERR_NULL);
	assert_int_equal(set(s, "pty", "raw"), 0);
	assert_int_equal(s->pty, PTY_RAW);
	assert_int_equal(set(s, "when-full", "refuse"), 0);
	assert_int_equal(s->when_full, WHEN_FULL_REFUSE);
	assert_int_equal(set(s, "on-hangup", "kill"), 0);
	assert_int_equal(s->on_hangup, ON_HANGUP_KILL);
	assert_int_equal(set(s, "env-style", "socat,ncat"), 0);
	assert_int_equal(s->env_style, ENV_SOCAT | ENV_NCAT);
}

static void
settings_are_done_twice_without_harm(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "env", "A=1"), 0);
	settings_done(s);
	assert_null(s->env.words);
	settings_done(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete_and_has_a_name_of_its_own),
		cmocka_unit_test(every_group_has_a_title),
		with_settings(what_was_said_can_be_taken_back),
		with_settings(the_defaults_are_in_force_at_first),
		with_settings(a_value_is_read_and_put_as_an_operator_would),
		with_settings(what_is_no_such_value_is_refused_and_changes_nothing),
		with_settings(a_later_value_replaces_an_earlier_one),
		with_settings(a_list_grows_by_one_word_each_time),
		with_settings(groups_none_stands_alone),
		with_settings(words_come_in_the_order_of_their_enum),
		with_settings(settings_are_done_twice_without_harm),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
