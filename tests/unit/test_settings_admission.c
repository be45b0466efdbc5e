/*
 * What an operator can say about who gets in.
 */
#include "settings_said.h"

static void
a_value_is_read_and_put_as_an_operator_would(void **state)
{
	static const struct {
		const char *name, *value, *in_force;
	} rows[] = {
		{ "reserve", "5", "5" },
		{ "reserve", "none", "none" },
		{ "rate", "50/s", "50/s" },
		{ "rate", "50/s:50", "50/s" },
		{ "rate", "100/m:20", "100/m:20" },
		{ "rate", "1/0.5s:1000000", "1/500ms:1000000" },
		{ "rate", "1000000/1d", "1000000/d" },
		{ "rate", "7/1:2", "7/s:2" }, /* seconds, as for any time */
		{ "rate", "1/ms", "1/ms" },
		{ "rate", "off", "off" },
		{ "rate-per-source", "3/10m:1", "3/10m:1" },
		{ "rate-wait", "off", "off" },
		{ "rate-wait", "10ms", "10ms" },
		{ "waiting-max", "100000", "100000" },
		{ "early-drop", "10:30:100", "10:30:100" },
		{ "early-drop", "1:100:1", "1:100:1" },
		{ "early-drop", "off", "off" },
		{ "stress", "80:20", "80:20" },
		{ "stress", "100:1", "100:1" },
		{ "stress", "off", "off" },
		{ "refuse-text", "{reason}: {seconds} s\\n",
		    "{reason}: {seconds} s\\x0a" },
		{ "policy-timeout", "10ms", "10ms" },
		{ "policy-failed", "admit", "admit" },
		{ "penalty-min", "off", "off" },
		{ "penalty-min", "1ms", "1ms" },
		{ "penalty-max", "365d", "365d" },
		{ "penalty-decay", "1s", "1s" },
		{ "sources-max", "10000000", "10000000" },
		{ "sources-full", "refuse", "refuse" },
		{ "proxy-timeout", "10m", "10m" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_row(set(s, rows[i].name, rows[i].value) == 0, rows[i].value);
		assert_string_equal(value_of(s, rows[i].name), rows[i].in_force);
	}
}

struct refused {
	const char *name, *values[24];
};

static const struct refused numbers[] = {
	{ "rate", { "", "0/s", "50", "50/", "/s", "50/0s", "50/s:", "50/s:0", "50/s:1:1",
		      "1000001/s", "50/s:1000001", "50/2d", "-1/s", "50/ s", " 50/s",
		      "050/s", "1.5/s", "50/x", "OFF", "none", "4294967297/s",
		      "1/99999999999999999999999s" } },
	{ "early-drop", { "", "10", "10:30", "10:30:", "0:30:100", "10:0:100",
			    "10:101:100", "100:30:10", "10:30:100:1", "10:30:1000001",
			    ":30:100", "10::100", "-1:30:100", "10: 30:100" } },
	{ "stress", { "", "80", "80:", ":20", "0:20", "80:0", "101:20", "80:101",
			"80:20:1", "80%:20%" } },
	{ "reserve", { "", "0", "off", "1000001" } },
	{ "waiting-max", { "", "0", "none", "100001" } },
	{ "proxy-timeout", { "off", "9ms" } },
	{ "policy-timeout", { "off", "0" } },
	{ "penalty-max", { "off", "999ms" } },
};

static const struct refused lists[] = {
	{ "policy", { "", "@echo", "./check", "bin/check" } },
	{ "allow", { "", "friends", "10.0.0.1/8", "::1 max=3", "::1 ::2", "::1 env=A",
		       "::1 env='A=1" } },
	{ "deny", { "", "friends", "::1 env=A=1" } },
	{ "exempt", { "", "/etc/prong/friends", "::1 env=A=1", "10.0.0.1/8" } },
	{ "proxy-from", { "", "/etc/prong/proxies", "10.0.0.0/33" } },
	{ "penalty", { "", "exit", "exit:", "exit:-1s", "exit=256:5s", "crash:5s" } },
	{ "allow-uid", { "" } },
	{ "allow-gid", { "" } },
	{ "refuse-text-for", { "", "=", "rate", "=text", "rates=x", "Rate=x", "rate =x",
				 "rate=\\q", "rate=\\" } },
};

static void
check_refused(struct settings *s, const struct refused *row)
{
	char *before = strdup(value_of(s, row->name));

	assert_non_null(before);
	for (size_t i = 0; row->values[i] != NULL; i++) {
		int r = set(s, row->name, row->values[i]);

		assert_row(r == -EINVAL || r == -ERANGE, row->values[i]);
		assert_string_equal(value_of(s, row->name), before);
	}
	free(before);
}

static void
what_is_no_such_value_is_refused_and_changes_nothing(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		check_refused(*state, &numbers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		check_refused(*state, &lists[i]);
}

static void
a_policy_is_a_program_and_then_whatever_it_is_called_with(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "policy", "check-client"), 0);
	assert_int_equal(set(s, "policy", ""), 0);
	assert_int_equal(set(s, "policy", "./@x"), 0);
	assert_int_equal(s->policy.count, 3);
	assert_string_equal(value_of(s, "policy"), "check-client  ./@x");
}

static void
each_reason_has_one_text(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "refuse-text-for", "rate=in {seconds} s\\r\\n"), 0);
	assert_int_equal(set(s, "refuse-text-for", "rate=again"), -EINVAL);
	assert_int_equal(set(s, "refuse-text-for", "penalty=a=b"), 0);
	assert_int_equal(set(s, "refuse-text-for", "denied="), 0);
	assert_int_equal(s->refuse_text_for.count, 3);
	assert_string_equal(s->refuse_text_for.words[0], "rate=in {seconds} s\\r\\n");
}

static void
who_gets_in_is_kept_as_it_was_written(void **state)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{ "allow", "192.0.2.0/24 max-per-source=4 env='ROLE=new staff'" },
		{ "deny", "all" },
		{ "deny", "2001:db8::/32 refuse-text=no" },
		{ "exempt", "uid:1000" },
		{ "proxy-from", "::1" },
		{ "penalty", "exit!=0:5s" },
		{ "penalty", "signal=SEGV:1.5m" },
		{ "allow-uid", "www" },
		{ "allow-gid", "100" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(set(s, rows[i].name, rows[i].value) == 0, rows[i].value);
	assert_string_equal(value_of(s, "allow"), rows[0].value);
	assert_string_equal(value_of(s, "deny"), "all 2001:db8::/32 refuse-text=no");
	assert_string_equal(value_of(s, "penalty"), "exit!=0:5s signal=SEGV:1.5m");
}

static void
a_file_of_rules_is_not_opened_yet(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "allow", "/no/such/file"), 0);
	assert_int_equal(set(s, "deny", "/no/such/file"), 0);
	assert_string_equal(value_of(s, "deny"), "/no/such/file");
}

/* ---- messages -------------------------------------------------------------------- */

struct told {
	const char *name, *value, *message;
};

static const struct told tells[] = {
	{ "rate", "50",
	    "rate: '50' is not N/TIME or N/TIME:BURST with N and BURST from 1 to "
	    "1000000 and TIME from 1ms to 1d, such as 50/s or 100/m:20, or off "
	    "(default off)" },
	{ "early-drop", "100:30:10",
	    "early-drop: '100:30:10' is not BEGIN:PERCENT:FULL with BEGIN no more "
	    "than FULL and PERCENT from 1 to 100, such as 10:30:100, or off "
	    "(default off)" },
	{ "stress", "80",
	    "stress: '80' is not FULL:LEFT, two percentages from 1 to 100 such as "
	    "80:20, or off (default off)" },
	{ "allow", "",
	    "allow: '' is not a network, such as 192.0.2.0/24, or the path of a "
	    "file of them (unset by default)" },
	{ "exempt", "",
	    "exempt: '' is not a network, such as 192.0.2.0/24 (unset by "
	    "default)" },
	{ "penalty", "",
	    "penalty: '' is not WHAT:TIME, such as exit!=0:5s (unset by "
	    "default)" },
	{ "allow", "10.0.0.1/8",
	    "allow: '10.0.0.1/8' has bits beyond its prefix: 10.0.0.0/8 would be "
	    "right" },
	{ "exempt", "192.0.2.1,192.0.2.2",
	    "exempt: '192.0.2.1,192.0.2.2' is not an address or a network; commas do not "
	    "part them: several are a list in a file, and the option repeated on a "
	    "command line" },
	{ "allow", "192.0.2.0/24 max-per-sorce=4",
	    "allow: max-per-sorce is not a setting; did you mean "
	    "max-per-source?" },
	{ "allow", "192.0.2.0/24 nice=20",
	    "allow: nice: '20' is not a number from -20 to 19 (unset by "
	    "default)" },
	{ "allow", "./friends",
	    "allow: './friends' is not an address or a network; names are not looked up, "
	    "and a file is written with its whole path, from / on" },
	{ "deny", "bad.example.org",
	    "deny: 'bad.example.org' is not an address or a network; names are not looked "
	    "up, and a file is written with its whole path, from / on" },
	{ "deny", "friends", "deny: 'friends' is not an address or a network" },
	{ "exempt", "friends", "exempt: 'friends' is not an address or a network" },
	{ "proxy-from", "10.0.0.0/255.0.0.0",
	    "proxy-from: '10.0.0.0/255.0.0.0' has a netmask: /8 would be right" },
	{ "penalty", "exit", "penalty: 'exit' has no time: exit!=0:5s would be right" },
	{ "policy", "./check",
	    "policy: './check' is not a program: an absolute path, or a name to "
	    "be found in PATH (unset by default)" },
	{ "policy", "@echo",
	    "policy: '@echo' is built in; only a program of its own can be "
	    "asked" },
	{ "refuse-text-for", "rate",
	    "refuse-text-for: 'rate' is not REASON=TEXT, such as rate=slow "
	    "down\\n (unset by default)" },
	{ "refuse-text-for", "rates=x",
	    "refuse-text-for: 'rates' is not a reason; did you mean rate?" },
	{ "refuse-text-for", "full=x",
	    "refuse-text-for: 'full' is not a reason; there are service-full, "
	    "source-full, no-descriptors, denied, penalty, sources-full, "
	    "early-drop, source-rate, rate, waiting-full, gone, proxy, policy, "
	    "policy-failed, stopping, failed" },
	{ "refuse-text-for", "rate=\\q",
	    "refuse-text-for: 'rate=\\\\q' has another escape than "
	    "\\n \\r \\t \\\\ \\0 \\e \\xHH" },
};

static void
a_message_says_what_is_wrong_with_the_word(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(tells); i++) {
		char message[512];
		int r = settings_set(
		    *state, tells[i].name, tells[i].value, message, sizeof(message));

		assert_row(r == -EINVAL || r == -ERANGE, tells[i].value);
		assert_string_equal(message, tells[i].message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_settings(a_value_is_read_and_put_as_an_operator_would),
		with_settings(what_is_no_such_value_is_refused_and_changes_nothing),
		with_settings(a_policy_is_a_program_and_then_whatever_it_is_called_with),
		with_settings(each_reason_has_one_text),
		with_settings(who_gets_in_is_kept_as_it_was_written),
		with_settings(a_file_of_rules_is_not_opened_yet),
		with_settings(a_message_says_what_is_wrong_with_the_word),
	};

	return cmocka_run_group_tests_name("settings_admission", tests, NULL, NULL);
}
