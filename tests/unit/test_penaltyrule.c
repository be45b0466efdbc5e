/*
 * What an ending costs, as it is written.
 */
#include "unit.h"

#include <signal.h>

#include "penaltyrule.h"

static struct penalty_rule
rule_of(const char *word)
{
	struct penalty_rule rule = { 0 };
	char wrong[256] = "";
	struct text text = TEXT_ON(wrong);

	if (penaltyrule_parse(word, &rule, &text) < 0)
		fail_msg("'%s' %s", word, wrong);
	assert_string_equal(wrong, "");
	return rule;
}

static void
rules_mean_what_they_say(void **state)
{
	static const struct {
		const char *word;
		struct penalty_rule rule;
	} rows[] = {
		{ "any:1s", { OFFENCE_ANY, -1, -1, false, 1000 } },
		{ "exit:5s", { OFFENCE_EXIT, -1, -1, false, 5000 } },
		{ "exit=3:5s", { OFFENCE_EXIT, 3, 3, false, 5000 } },
		{ "exit=0:1ms", { OFFENCE_EXIT, 0, 0, false, 1 } },
		{ "exit=1-9:2m", { OFFENCE_EXIT, 1, 9, false, 120000 } },
		{ "exit=0-255:1h", { OFFENCE_EXIT, 0, 255, false, 3600000 } },
		{ "exit!=0:5s", { OFFENCE_EXIT, 0, 0, true, 5000 } },
		{ "exit!=1-3:5", { OFFENCE_EXIT, 1, 3, true, 5000 } },
		{ "exit=3:0", { OFFENCE_EXIT, 3, 3, false, 0 } },
		{ "signal:90s", { OFFENCE_SIGNAL, -1, -1, false, 90000 } },
		{ "signal=SEGV:90s", { OFFENCE_SIGNAL, SIGSEGV, SIGSEGV, false, 90000 } },
		{ "signal=SIGSEGV:1d",
		    { OFFENCE_SIGNAL, SIGSEGV, SIGSEGV, false, 86400000 } },
		{ "signal!=TERM:1s", { OFFENCE_SIGNAL, SIGTERM, SIGTERM, true, 1000 } },
		{ "signal=9:1s", { OFFENCE_SIGNAL, SIGKILL, SIGKILL, false, 1000 } },
		{ "signal=64:1s", { OFFENCE_SIGNAL, 64, 64, false, 1000 } },
		{ "timeout:365d", { OFFENCE_TIMEOUT, -1, -1, false, 31536000000 } },
		{ "session-timeout:1s",
		    { OFFENCE_SESSION_TIMEOUT, -1, -1, false, 1000 } },
		{ "idle-timeout:1s", { OFFENCE_IDLE_TIMEOUT, -1, -1, false, 1000 } },
		{ "first-byte-timeout:1s",
		    { OFFENCE_FIRST_BYTE_TIMEOUT, -1, -1, false, 1000 } },
		{ "eof-grace:1s", { OFFENCE_EOF_GRACE, -1, -1, false, 1000 } },
		{ "no-byte:0.5s", { OFFENCE_NO_BYTE, -1, -1, false, 500 } },
		{ "proxy:1s", { OFFENCE_PROXY, -1, -1, false, 1000 } },
		{ "denied:1s", { OFFENCE_DENIED, -1, -1, false, 1000 } },
		{ "policy:1s", { OFFENCE_POLICY, -1, -1, false, 1000 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct penalty_rule rule = rule_of(rows[i].word);

		assert_row(rule.what == rows[i].rule.what, rows[i].word);
		assert_row(rule.low == rows[i].rule.low, rows[i].word);
		assert_row(rule.high == rows[i].rule.high, rows[i].word);
		assert_row(rule.is_negated == rows[i].rule.is_negated, rows[i].word);
		assert_row(rule.cost == rows[i].rule.cost, rows[i].word);
	}
}

#define NO_TIME "has no time: exit!=0:5s would be right"
#define BAD_TIME "does not end with a time from 0 to 365d: exit!=0:5s would be right"
#define NO_ENDING                                                                         \
	"begins with none of any, exit, signal, timeout, session-timeout, idle-timeout, " \
	"first-byte-timeout, eof-grace, no-byte, proxy, denied, policy"
#define NO_CODES "names no exit codes from 0 to 255: exit=3, exit=1-9 or exit!=0"
#define NO_SIGNAL "names no signal such as SEGV: signal=SEGV:90s"
#define NO_VALUE "has a value where only exit and signal have one"

static void
every_mistake_is_told_with_what_would_be_right(void **state)
{
	static const struct {
		const char *word, *wrong;
	} rows[] = {
		{ "", NO_TIME },
		{ "exit", NO_TIME },
		{ "exit!=0 5s", NO_TIME },
		{ "exit!=0:", BAD_TIME },
		{ "exit!=0:off", BAD_TIME },
		{ "exit!=0:5x", BAD_TIME },
		{ "exit!=0:-5s", BAD_TIME },
		{ "exit!=0:366d", BAD_TIME },
		{ "exit!=0:5s:6s", BAD_TIME },
		{ "exit!=0: 5s", BAD_TIME },
		{ ":5s", NO_ENDING },
		{ "=3:5s", NO_ENDING },
		{ "exits:5s", NO_ENDING },
		{ "exi:5s", NO_ENDING },
		{ "Exit:5s", NO_ENDING },
		{ "exit!:5s", NO_ENDING },
		{ "exit!3:5s", NO_ENDING },
		{ " exit:5s", NO_ENDING },
		{ "exit =3:5s", NO_ENDING },
		{ "exit=:5s", NO_CODES },
		{ "exit!=:5s", NO_CODES },
		{ "exit==3:5s", NO_CODES },
		{ "exit=256:5s", NO_CODES },
		{ "exit=1-256:5s", NO_CODES },
		{ "exit=9-1:5s", NO_CODES },
		{ "exit=-1:5s", NO_CODES },
		{ "exit=1-:5s", NO_CODES },
		{ "exit=1-2-3:5s", NO_CODES },
		{ "exit=01:5s", NO_CODES },
		{ "exit=3,4:5s", NO_CODES },
		{ "exit!=0-255:5s", NO_CODES }, /* none would be left */
		{ "signal=:5s", NO_SIGNAL },
		{ "signal=SIG:5s", NO_SIGNAL },
		{ "signal=segv:5s", NO_SIGNAL },
		{ "signal=SEGV-TERM:5s", NO_SIGNAL },
		{ "signal=SIGSIGSEGV:5s", NO_SIGNAL },
		{ "signal=0:5s", NO_SIGNAL },
		{ "signal=65:5s", NO_SIGNAL },
		{ "any=1:5s", NO_VALUE },
		{ "timeout!=1:5s", NO_VALUE },
		{ "no-byte=:5s", NO_VALUE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct penalty_rule rule = { .cost = 4711 };
		char wrong[256] = "";
		struct text text = TEXT_ON(wrong);

		assert_row(penaltyrule_parse(rows[i].word, &rule, &text) == -EINVAL,
		    rows[i].word);
		assert_row(rule.cost == 4711, rows[i].word);
		assert_string_equal(wrong, rows[i].wrong);
	}
}

static void
a_word_of_any_length_is_only_wrong(void **state)
{
	static const char begin[] = "exit=3";
	char word[4096], wrong[256] = "";
	struct text text = TEXT_ON(wrong);
	struct penalty_rule rule;

	(void)state;
	memset(word, '7', sizeof(word));
	for (size_t i = 0; begin[i] != '\0'; i++)
		word[i] = begin[i];
	memcpy(word + sizeof(word) - 4, ":5s", 4);
	assert_int_equal(penaltyrule_parse(word, &rule, &text), -EINVAL);
	assert_string_equal(wrong, NO_CODES);
}

static void
every_signal_is_known_with_and_without_sig(void **state)
{
	(void)state;
	for (int i = 1; i < 32; i++) {
		char word[64];

		(void)snprintf(word, sizeof(word), "signal=%s:1s", sigabbrev_np(i));
		assert_int_equal(rule_of(word).low, i);
		(void)snprintf(word, sizeof(word), "signal=SIG%s:1s", sigabbrev_np(i));
		assert_int_equal(rule_of(word).low, i);
	}
}

static void
every_ending_has_the_name_it_is_written_with(void **state)
{
	(void)state;
	assert_string_equal(penaltyrule_name(OFFENCE_NONE), "");
	assert_string_equal(
	    penaltyrule_name(OFFENCE_FIRST_BYTE_TIMEOUT), "first-byte-timeout");
	for (int i = OFFENCE_ANY; i < OFFENCE_COUNT; i++) {
		char word[64];

		(void)snprintf(
		    word, sizeof(word), "%s:1s", penaltyrule_name((enum offence)i));
		assert_int_equal(rule_of(word).what, i);
	}
}

static void
a_rule_covers_what_never_comes_after_it(void **state)
{
	static const struct {
		const char *rule, *other;
		bool covers;
	} rows[] = {
		{ "any:1s", "any:2s", true },
		{ "any:1s", "exit:2s", true },
		{ "any:1s", "exit!=0:2s", true },
		{ "any:1s", "signal=SEGV:2s", true },
		{ "any:1s", "timeout:2s", true },
		{ "any:1s", "eof-grace:2s", true },
		{ "any:1s", "no-byte:2s", true },
		{ "any:1s", "proxy:2s", false },
		{ "any:1s", "denied:2s", false },
		{ "any:1s", "policy:2s", false },
		{ "exit:1s", "any:2s", false },
		{ "exit:1s", "exit=3:2s", true },
		{ "exit:1s", "exit!=3:2s", true },
		{ "exit:1s", "signal:2s", false },
		{ "exit=0-255:1s", "exit:2s", true },
		{ "exit=3:1s", "exit=3:2s", true },
		{ "exit=3:1s", "exit=4:2s", false },
		{ "exit=3:1s", "exit:2s", false },
		{ "exit=1-9:1s", "exit=2-8:2s", true },
		{ "exit=1-9:1s", "exit=1-9:2s", true },
		{ "exit=1-9:1s", "exit=9-10:2s", false },
		{ "exit=1-255:1s", "exit!=0:2s", true },
		{ "exit=1-254:1s", "exit!=0:2s", false },
		{ "exit!=0:1s", "exit=1-255:2s", true },
		{ "exit!=0:1s", "exit=0-3:2s", false },
		{ "exit!=0:1s", "exit:2s", false },
		{ "exit!=0:1s", "exit!=0:2s", true },
		{ "exit!=0:1s", "exit!=0-5:2s", true },
		{ "exit!=0-5:1s", "exit!=0:2s", false },
		{ "signal:1s", "signal=SEGV:2s", true },
		{ "signal=SEGV:1s", "signal=11:2s", true },
		{ "signal=SEGV:1s", "signal=TERM:2s", false },
		{ "signal!=SEGV:1s", "signal=TERM:2s", true },
		{ "signal!=SEGV:1s", "signal=SEGV:2s", false },
		{ "signal=SEGV:1s", "exit=11:2s", false },
		{ "timeout:1s", "idle-timeout:2s", true },
		{ "timeout:1s", "session-timeout:2s", true },
		{ "timeout:1s", "first-byte-timeout:2s", true },
		{ "timeout:1s", "eof-grace:2s", true },
		{ "timeout:1s", "no-byte:2s", false },
		{ "idle-timeout:1s", "timeout:2s", false },
		{ "idle-timeout:1s", "session-timeout:2s", false },
		{ "no-byte:1s", "no-byte:2s", true },
		{ "no-byte:1s", "first-byte-timeout:2s", false },
		{ "proxy:1s", "proxy:2s", true },
		{ "proxy:1s", "denied:2s", false },
		{ "denied:1s", "denied:2s", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct penalty_rule rule = rule_of(rows[i].rule);
		struct penalty_rule other = rule_of(rows[i].other);

		if (penaltyrule_covers(&rule, &other) != rows[i].covers)
			fail_msg("'%s', '%s'", rows[i].rule, rows[i].other);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_mean_what_they_say),
		cmocka_unit_test(every_mistake_is_told_with_what_would_be_right),
		cmocka_unit_test(a_word_of_any_length_is_only_wrong),
		cmocka_unit_test(every_signal_is_known_with_and_without_sig),
		cmocka_unit_test(every_ending_has_the_name_it_is_written_with),
		cmocka_unit_test(a_rule_covers_what_never_comes_after_it),
	};

	return cmocka_run_group_tests_name("penaltyrule", tests, NULL, NULL);
}
