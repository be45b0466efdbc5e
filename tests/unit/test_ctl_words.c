/*
 * Amounts in columns, and the words of a command line.
 */
#include "unit.h"

#include "args.h"
#include "ctl.h"
#include "units.h"

struct row {
	int64_t amount;
	const char *text;
};

static void
check(void (*put)(struct text *, int64_t), const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char place[64] = "";
		struct text text = TEXT_ON(place);

		put(&text, rows[i].amount);
		assert_string_equal(place, rows[i].text);
	}
}

static void
bytes_are_four_characters_at_most(void **state)
{
	static const struct row rows[] = { { -1, "-" }, { 0, "0" }, { 999, "999" },
		{ 1000, "0.9K" }, { 1024, "1.0K" }, { 1536, "1.5K" }, { 10240, "10K" },
		{ 1024000, "0.9M" }, { 999 * 1024, "999K" }, { 1LL << 30, "1.0G" },
		{ INT64_MAX, "7.9E" } };

	(void)state;
	check(units_put_bytes, rows, ARRAY_SIZE(rows));
}

static void
ages_have_two_units_at_most(void **state)
{
	static const struct row rows[] = { { -1, "-" }, { 0, "0ms" }, { 999, "999ms" },
		{ 1000, "1s" }, { 59999, "59s" }, { 60000, "1m00s" }, { 200000, "3m20s" },
		{ 3600000, "1h00m" }, { 7500000, "2h05m" }, { 86400000, "1d00h" },
		{ 86400000LL * 4 + 3600000 * 6, "4d06h" } };

	(void)state;
	check(units_put_age, rows, ARRAY_SIZE(rows));
}

static void
cpu_times_shares_and_rates(void **state)
{
	static const struct row times[] = { { -1, "-" }, { 0, "0.00s" },
		{ 10000, "0.01s" }, { 9990000, "9.99s" }, { 12300000, "12.3s" },
		{ 200000000, "3m20s" } };
	static const struct row shares[] = { { -1, "-" }, { 0, "0.0%" }, { 7, "0.7%" },
		{ 99, "9.9%" }, { 100, "10%" }, { 1500, "150%" } };
	static const struct row rates[] = { { -1, "-" }, { 0, "0" }, { 300, "0.3" },
		{ 9999, "9.9" }, { 12000, "12" } };

	(void)state;
	check(units_put_cpu, times, ARRAY_SIZE(times));
	check(units_put_permille, shares, ARRAY_SIZE(shares));
	check(units_put_rate, rates, ARRAY_SIZE(rates));
}

/* ---- command lines ------------------------------------------------------------ */

static int
parse(struct args *args, const char *const *words)
{
	static char *argv[8];
	int argc = 0;

	while (words[argc] != NULL) {
		argv[argc] = (char *)(uintptr_t)words[argc];
		argc++;
	}
	argv[argc] = NULL;
	return args_init(args, ctl_find(words[0]), argc, argv);
}

#define WORDS(...)                                                                       \
	(const char *const[])                                                            \
	{                                                                                \
		__VA_ARGS__, NULL                                                        \
	}

static void
options_and_words_may_be_mixed(void **state)
{
	struct args args;

	(void)state;
	assert_int_equal(
	    parse(&args, WORDS("kill", "--grace", "5s", "all", "--instance=7")), 0);
	assert_string_equal(args.grace, "5s");
	assert_string_equal(args.instance, "7");
	assert_int_equal(args.count, 1);
	assert_string_equal(args.words[0], "all");
	assert_int_equal(parse(&args, WORDS("top", "-b", "echo")), 0);
	assert_true(args.once);
	assert_int_equal(parse(&args, WORDS("ps", "-h")), 0);
	assert_true(args.help);
	assert_int_equal(parse(&args, WORDS("drain", "--wait", "--now", "--json")), 0);
	assert_true(args.wait && args.now && args.json);
	assert_int_equal(parse(&args, WORDS("why", "--service", "echo", "::1")), 0);
	assert_string_equal(args.service, "echo");
	assert_int_equal(parse(&args, WORDS("penalties", "clear", "all")), 0);
	assert_int_equal(args.count, 2);
}

static void
what_a_command_does_not_have_is_a_mistake(void **state)
{
	static const char *const rows[][5] = {
		{ "ps", "--grace", "5s" },
		{ "ps", "a", "b" },
		{ "kill" },
		{ "kill", "all", "--now", "--grace=1s" },
		{ "kill", "all", "--grace", "soon" },
		{ "pause", "--for", "1x" },
		{ "pause", "--for" },
		{ "status", "-b" },
		{ "status", "--wrong" },
		{ "status", "--service", "echo" },
		{ "why" },
		{ "why", "::1", "echo" },
		{ "penalties", "clear", "all", "echo" },
	};
	struct args args;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(parse(&args, rows[i]) == -EINVAL, rows[i][0]);
}

static void
every_command_has_its_row(void **state)
{
	static const char *const names[] = { "ps", "top", "status", "stats", "kill",
		"pause", "resume", "drain", "reload", "upgrade", "why", "penalties" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_row(ctl_find(names[i]) != NULL, names[i]);
	assert_null(ctl_find("9999"));
	assert_null(ctl_find(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_four_characters_at_most),
		cmocka_unit_test(ages_have_two_units_at_most),
		cmocka_unit_test(cpu_times_shares_and_rates),
		cmocka_unit_test(options_and_words_may_be_mixed),
		cmocka_unit_test(what_a_command_does_not_have_is_a_mistake),
		cmocka_unit_test(every_command_has_its_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
