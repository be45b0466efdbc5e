/*
 * Lines of allow and deny: what is read, and what is said of mistakes, and where.
 */
#include "unit.h"

#include "network.h"
#include "ruleword.h"

#define OPTIONS_MOST 8

/* What is wrong with the line, and the column; "" and 0: nothing. */
static size_t
mistake(const char *line, bool is_allow, char *ret_wrong, size_t size)
{
	struct text wrong = { .at = ret_wrong, .size = size };
	struct ruleword rule = { .network.family = 99 };
	size_t column = 0;
	int r;

	*ret_wrong = '\0';
	r = ruleword_parse(line, is_allow, &rule, &wrong, &column);
	assert_true(r == 0 || r == -EINVAL);
	if (r < 0)
		assert_int_equal(rule.network.family, 99);
	else
		ruleword_done(&rule);
	assert_int_equal(r == 0, column == 0);
	assert_false(wrong.is_cut);
	return column;
}

/* ---- words ----------------------------------------------------------------------- */

static void
words_are_split_as_a_shell_would(void **state)
{
	static const struct {
		const char *text, *words[OPTIONS_MOST];
	} rows[] = {
		{ "", { NULL } },
		{ " \t\r\n", { NULL } },
		{ "a", { "a" } },
		{ " a  b\tc\n", { "a", "b", "c" } },
		{ "'a b' c", { "a b", "c" } },
		{ "\"a b\"c", { "a bc" } },
		{ "a'b 'c\" d\"", { "ab c d" } },
		{ "a\\ b \\\\ \\' \\\"", { "a b", "\\", "'", "\"" } },
		{ "'' \"\"", { "", "" } },
		{ "'\\' '\"'", { "\\", "\"" } },
		{ "\"\\\"\" \"\\\\\" \"\\n'\"", { "\"", "\\", "\\n'" } },
		{ "a\\", { "a\\" } },
		{ "# $x * ~ `a`", { "#", "$x", "*", "~", "`a`" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct setting_list words = { 0 };
		size_t count = 0;

		assert_row(ruleword_split(rows[i].text, &words) == 0, rows[i].text);
		for (; count < words.count; count++) {
			assert_non_null(rows[i].words[count]);
			assert_string_equal(words.words[count], rows[i].words[count]);
		}
		assert_row(rows[i].words[count] == NULL, rows[i].text);
		setting_list_done(&words);
	}
}

static void
a_quote_that_is_not_closed_is_no_word(void **state)
{
	static const char *const rows[] = { "'", "\"", "a 'b", "a \"b\\\"", "'a'b'",
		"\"\\", "\"a\\\\\\\"" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct setting_list words = { 0 };

		assert_row(ruleword_split(rows[i], &words) == -EINVAL, rows[i]);
		setting_list_done(&words);
	}
}

static void
a_file_is_an_absolute_path(void **state)
{
	assert_true(ruleword_is_file("/etc/prong/friends"));
	assert_false(ruleword_is_file("friends"));
	assert_false(ruleword_is_file("10.0.0.0/8"));
	assert_false(ruleword_is_file(""));
}

/* ---- lines ----------------------------------------------------------------------- */

static void
a_line_is_a_network_and_its_options(void **state)
{
	static const struct {
		const char *line, *network, *options[OPTIONS_MOST];
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0/24", { NULL } },
		{ "all", "all", { NULL } },
		{ "uid:1000", "uid 1000", { NULL } },
		{ "::ffff:192.0.2.7", "192.0.2.7", { NULL } },
		{ "\t 192.0.2.7 \r\n", "192.0.2.7", { NULL } },
		{ "192.0.2.7 # a friend", "192.0.2.7", { NULL } },
		{ "192.0.2.7 ; SBL1 max=3", "192.0.2.7", { NULL } },
		{ "192.0.2.7 nice=3;4", NULL, { NULL } },
		{ "192.0.2.7 max-per-source=4\tlog-sample=9", "192.0.2.7",
		    { "max-per-source=4", "log-sample=9" } },
		{ "192.0.2.7 env=ROLE=staff env=B= env='C=c c' env=D='d d'", "192.0.2.7",
		    { "env=ROLE=staff", "env=B=", "env=C=c c", "env=D=d d" } },
		{ "192.0.2.7 program='/usr/bin/tool -v \"a b\"'", "192.0.2.7",
		    { "program=/usr/bin/tool -v \"a b\"" } },
		{ "192.0.2.7 program=@echo", "192.0.2.7", { "program=@echo" } },
		{ "192.0.2.7 banner='hi # \\r\\n' refuse-text=no\\n stderr=null",
		    "192.0.2.7",
		    { "banner=hi # \\r\\n", "refuse-text=no\\n", "stderr=null" } },
		{ "192.0.2.7 banner=", "192.0.2.7", { "banner=" } },
		{ "192.0.2.7 banner=a#b", "192.0.2.7", { "banner=a#b" } },
		{ "192.0.2.7 idle-timeout=off rate-per-source=5/s:9", "192.0.2.7",
		    { "idle-timeout=off", "rate-per-source=5/s:9" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char place[512] = "";
		struct text wrong = TEXT_ON(place);
		struct ruleword rule;
		size_t column = 0, count = 0;
		int r = ruleword_parse(rows[i].line, true, &rule, &wrong, &column);

		assert_row((r == 0) == (rows[i].network != NULL), rows[i].line);
		if (r < 0)
			continue;
		assert_put(network_put(&put_here, &rule.network), rows[i].network);
		for (; count < rule.options.count; count++) {
			assert_non_null(rows[i].options[count]);
			assert_string_equal(
			    rule.options.words[count], rows[i].options[count]);
		}
		assert_row(rows[i].options[count] == NULL, rows[i].line);
		ruleword_done(&rule);
	}
}

#define WHOLE "holds for the whole service and cannot be said of some clients"
#define KEPT_OUT                                                                         \
	"means nothing for clients that are kept out: only refuse-text can be said of "  \
	"them"

static void
a_mistake_is_told_with_its_column(void **state)
{
	static const struct {
		const char *line;
		size_t column;
		const char *wrong;
	} rows[] = {
		{ "", 1, "a network is missing" },
		{ "  # nobody", 3, "a network is missing" },
		{ "10.0.0.300", 1, "'10.0.0.300' is not an address or a network" },
		{ "    10.0.0.300", 5, "'10.0.0.300' is not an address or a network" },
		{ "10.0.0.0/8; SBL1", 1,
		    "'10.0.0.0/8;' has a prefix that is not a number from 0 to 32" },
		{ "10.0.0.1/8", 1,
		    "'10.0.0.1/8' has bits beyond its prefix: 10.0.0.0/8 would be right" },
		{ "\x1b[31m", 1, "'\\x1b[31m' is not an address or a network" },
		{ "/etc/prong/friends", 1,
		    "'/etc/prong/friends' is a file, which only the setting itself names" },
		{ "10.0.0.0/8 11.0.0.0/8", 12,
		    "'11.0.0.0/8' is a second network: each needs a line of its own" },
		{ "10.0.0.0/8 nobody", 12, "'nobody' is not NAME=VALUE" },
		{ "10.0.0.0/8 =3", 12, "'=3' is not NAME=VALUE" },
		{ "10.0.0.0/8 nise=3", 12, "nise is not a setting; did you mean nice?" },
		{ "10.0.0.0/8 max=3", 12, "'max' " WHOLE },
		{ "10.0.0.0/8  groups=none", 13, "'groups' " WHOLE },
		{ "10.0.0.0/8 nice=3 nice=3", 19, "'nice' was said before" },
		{ "10.0.0.0/8 program=a program=b", 22, "'program' was said before" },
		{ "10.0.0.0/8 nice=x", 17,
		    "nice: 'x' is not a number from -20 to 19 (unset by default)" },
		{ "10.0.0.0/8 'nice=x y'", 18,
		    "nice: 'x y' is not a number from -20 to 19 (unset by default)" },
		{ "10.0.0.0/8 nice=", 17,
		    "nice: '' is not a number from -20 to 19 (unset by default)" },
		{ "10.0.0.0/8 program=", 20, "'' is not a program" },
		{ "10.0.0.0/8 program=' '", 20, "' ' is not a program" },
		{ "10.0.0.0/8 program='\"\" -v'", 20, "'\"\" -v' is not a program" },
		{ "10.0.0.0/8 program='a \"b'", 20,
		    "'a \"b' has a quote that is not closed" },
		{ "10.0.0.0/8 banner='a b", 19, "a quote is not closed" },
		{ "10.0.0.0/8 banner=\"a b\\\"", 19, "a quote is not closed" },
		{ "10.0.0.0/8 banner=it's", 21, "a quote is not closed" },
		{ "'10.0.0.0/8", 1, "a quote is not closed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char wrong[512];

		assert_int_equal(
		    mistake(rows[i].line, true, wrong, sizeof(wrong)), rows[i].column);
		assert_string_equal(wrong, rows[i].wrong);
	}
}

static void
a_long_word_is_not_repeated_whole(void **state)
{
	char line[4096], wrong[512];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(mistake(line, true, wrong, sizeof(wrong)), 1);
	assert_true(strlen(wrong) < 160);
	assert_non_null(strstr(wrong, "xxx...' is not an address or a network"));
}

static void
of_who_is_kept_out_only_a_text_can_be_said(void **state)
{
	char wrong[512];

	assert_int_equal(
	    mistake("all refuse-text='go away\\n'", false, wrong, sizeof(wrong)), 0);
	assert_int_equal(mistake("all nice=3", false, wrong, sizeof(wrong)), 5);
	assert_string_equal(wrong, "'nice' " KEPT_OUT);
	assert_int_equal(mistake("all program=x", false, wrong, sizeof(wrong)), 5);
	assert_string_equal(wrong, "'program' " KEPT_OUT);
	assert_int_equal(mistake("all refuse-text=\\x", false, wrong, sizeof(wrong)), 17);
}

static void
what_can_be_said_of_some_clients_is_a_setting_each(void **state)
{
	size_t of_allow = 0, of_deny = 0;

	for (size_t i = 0; i < settings_count; i++) {
		of_allow += ruleword_may_set(&settings_table[i], true);
		of_deny += ruleword_may_set(&settings_table[i], false);
	}
	assert_int_equal(of_allow, 25);
	assert_int_equal(of_deny, 1);
	assert_false(ruleword_may_set(NULL, true));
	assert_false(ruleword_may_set(NULL, false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_split_as_a_shell_would),
		cmocka_unit_test(a_quote_that_is_not_closed_is_no_word),
		cmocka_unit_test(a_file_is_an_absolute_path),
		cmocka_unit_test(a_line_is_a_network_and_its_options),
		cmocka_unit_test(a_mistake_is_told_with_its_column),
		cmocka_unit_test(a_long_word_is_not_repeated_whole),
		cmocka_unit_test(of_who_is_kept_out_only_a_text_can_be_said),
		cmocka_unit_test(what_can_be_said_of_some_clients_is_a_setting_each),
	};

	return cmocka_run_group_tests_name("ruleword", tests, NULL, NULL);
}
