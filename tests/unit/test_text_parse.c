/*
 * Numbers, times, sizes, modes, escapes and names as people write them.
 */
#include "unit.h"

#include "known.h"

static void
a_number_is_decimal_digits_and_nothing_else(void **state)
{
	static const struct {
		const char *word;
		int result;
		uint64_t number;
	} rows[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "10", 0, 10 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "18446744073709551620", -ERANGE, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ " ", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1\n", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "010", -EINVAL, 0 },
		{ "00", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e9", -EINVAL, 0 },
		{ "10k", -EINVAL, 0 },
		{ "1.0", -EINVAL, 0 },
		{ "1,000", -EINVAL, 0 },
		{ "99999999999999999999999999x", -EINVAL, 0 },
		{ "\xd9\xa1", -EINVAL, 0 }, /* an Arabic one */
		{ "max", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t number = 0;
		int r = text_parse_number(rows[i].word, 0, UINT64_MAX, &number);

		assert_row(r == rows[i].result, rows[i].word);
		assert_row(number == rows[i].number, rows[i].word);
	}
}

static void
a_number_out_of_range_is_refused_and_leaves_the_result(void **state)
{
	static const struct {
		const char *word;
		int result;
	} rows[] = {
		{ "0", -ERANGE },
		{ "1", 0 },
		{ "65535", 0 },
		{ "65536", -ERANGE },
		{ "4294967376", -ERANGE }, /* 80, were it cut to 32 bits */
		{ "18446744073709551617", -ERANGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t number = 4711;
		int r = text_parse_number(rows[i].word, 1, 65535, &number);

		assert_row(r == rows[i].result, rows[i].word);
		assert_row(r == 0 || number == 4711, rows[i].word);
	}
}

static void
a_time_is_a_number_and_a_unit(void **state)
{
	static const struct {
		const char *word;
		int result;
		msec time;
	} rows[] = {
		{ "250ms", 0, 250 },
		{ "5s", 0, 5000 },
		{ "5", 0, 5000 },
		{ "0", 0, 0 },
		{ "2m", 0, 120000 },
		{ "1h", 0, 3600000 },
		{ "1d", 0, 86400000 },
		{ "0.5s", 0, 500 },
		{ "0.5", 0, 500 },
		{ "1.5h", 0, 5400000 },
		{ "0.001s", 0, 1 },
		{ "1.250s", 0, 1250 },
		{ "0.000000000s", 0, 0 },
		{ "106751991167d", 0, 9223372036828800000 },
		{ "106751991168d", -ERANGE, 0 },
		{ "9223372036854775807ms", 0, INT64_MAX },
		{ "9223372036854775808ms", -ERANGE, 0 },
		{ "9223372036854775.807s", 0, INT64_MAX },
		{ "9223372036854775.808s", -ERANGE, 0 },
		{ "18446744073709551616s", -ERANGE, 0 },
		{ "0.0001s", -EINVAL, 0 },
		{ "0.5ms", -EINVAL, 0 },
		{ "0.0000000000s", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ ".5s", -EINVAL, 0 },
		{ "5.s", -EINVAL, 0 },
		{ "5.", -EINVAL, 0 },
		{ "5.5.5s", -EINVAL, 0 },
		{ "-5s", -EINVAL, 0 },
		{ "+5s", -EINVAL, 0 },
		{ "05s", -EINVAL, 0 },
		{ "5 s", -EINVAL, 0 },
		{ "5s ", -EINVAL, 0 },
		{ "5S", -EINVAL, 0 },
		{ "5sec", -EINVAL, 0 },
		{ "5us", -EINVAL, 0 },
		{ "1m30s", -EINVAL, 0 },
		{ "1e3s", -EINVAL, 0 },
		{ "0x10s", -EINVAL, 0 },
		{ "off", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		msec time = 0;
		int r = text_parse_time(rows[i].word, 0, INT64_MAX, &time);

		assert_row(r == rows[i].result, rows[i].word);
		assert_row(time == rows[i].time, rows[i].word);
	}
}

static void
a_time_out_of_range_is_refused(void **state)
{
	msec time = 4711;

	assert_int_equal(text_parse_time("9ms", 10, 5000, &time), -ERANGE);
	assert_int_equal(text_parse_time("5001ms", 10, 5000, &time), -ERANGE);
	assert_int_equal(time, 4711);
	assert_int_equal(text_parse_time("10ms", 10, 5000, &time), 0);
	assert_int_equal(time, 10);
}

static void
a_size_is_a_number_and_a_unit_of_1024(void **state)
{
	static const struct {
		const char *word;
		int result;
		uint64_t size;
	} rows[] = {
		{ "0", 0, 0 },
		{ "512", 0, 512 },
		{ "64K", 0, 65536 },
		{ "64KB", 0, 65536 },
		{ "64KiB", 0, 65536 },
		{ "1M", 0, 1048576 },
		{ "1MiB", 0, 1048576 },
		{ "2G", 0, 2147483648 },
		{ "2GB", 0, 2147483648 },
		{ "1T", 0, 1099511627776 },
		{ "1TiB", 0, 1099511627776 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "18014398509481983K", 0, UINT64_MAX - 1023 },
		{ "18014398509481984K", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "1k", -EINVAL, 0 },
		{ "1Ki", -EINVAL, 0 },
		{ "1P", -EINVAL, 0 },
		{ "1 K", -EINVAL, 0 },
		{ "1K ", -EINVAL, 0 },
		{ "-1K", -EINVAL, 0 },
		{ "+1K", -EINVAL, 0 },
		{ "01K", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e9", -EINVAL, 0 },
		{ "unlimited", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t size = 0;
		int r = text_parse_size(rows[i].word, 0, UINT64_MAX, &size);

		assert_row(r == rows[i].result, rows[i].word);
		assert_row(size == rows[i].size, rows[i].word);
	}
}

static void
a_mode_is_octal_with_at_most_four_digits(void **state)
{
	static const struct {
		const char *word;
		int result;
		unsigned mode;
	} rows[] = {
		{ "0", 0, 0 },
		{ "660", 0, 0660 },
		{ "0660", 0, 0660 },
		{ "022", 0, 022 },
		{ "0077", 0, 077 },
		{ "7777", 0, 07777 },
		{ "10000", -ERANGE, 0 },
		{ "777777777777777777777777", -ERANGE, 0 },
		{ "00660", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "668", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "0o660", -EINVAL, 0 },
		{ "0x1b0", -EINVAL, 0 },
		{ "rw-rw-rw-", -EINVAL, 0 },
		{ " 660", -EINVAL, 0 },
		{ "660 ", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned mode = 0;
		int r = text_parse_mode(rows[i].word, &mode);

		assert_row(r == rows[i].result, rows[i].word);
		assert_row(mode == rows[i].mode, rows[i].word);
	}
}

static void
escapes_become_the_bytes_they_stand_for(void **state)
{
	static const struct {
		const char *written, *bytes;
		size_t length;
	} rows[] = {
		{ "", "", 0 },
		{ "plain", "plain", 5 },
		{ "a\\r\\nb", "a\r\nb", 4 },
		{ "\\t\\\\\\e", "\t\\\033", 3 },
		{ "a\\0b", "a\0b", 3 },
		{ "\\x00\\xff\\xAb", "\0\xff\xab", 3 },
		{ "\\x0a0", "\n0", 2 },
		{ "\303\251", "\303\251", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];
		size_t length = 4711;

		(void)snprintf(text, sizeof(text), "%s", rows[i].written);
		assert_row(text_unescape(text, &length) == 0, rows[i].written);
		assert_row(length == rows[i].length, rows[i].written);
		assert_memory_equal(text, rows[i].bytes, length + 1);
	}
}

static void
an_unknown_escape_is_refused_and_leaves_the_text(void **state)
{
	static const char *const rows[] = { "\\", "ok\\n\\", "\\q", "\\N", "\\x", "\\x1",
		"\\xg0", "\\x0g", "\\1", "\\u1234", "\\\n" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];
		size_t length = 4711;

		(void)snprintf(text, sizeof(text), "%s", rows[i]);
		assert_row(text_unescape(text, &length) == -EINVAL, rows[i]);
		assert_string_equal(text, rows[i]);
		assert_int_equal(length, 4711);
	}
}

static void
the_nearest_name_is_at_most_a_third_away(void **state)
{
	static const char *const names[] = { "backlog", "max", "max-per-source", "user",
		"idle-timeout" };
	static const struct {
		const char *word, *nearest;
	} rows[] = {
		{ "backlog", "backlog" },
		{ "baklog", "backlog" },
		{ "back-log", "backlog" },
		{ "mx", NULL },
		{ "mac", "max" },
		{ "maxx", "max" },
		{ "usr", "user" },
		{ "mxa", "max" },
		{ "suer", "user" },
		{ "sure", NULL },
		{ "idel-timeout", "idle-timeout" },
		{ "idletimeout", "idle-timeout" },
		{ "max-per-sorce", "max-per-source" },
		{ "timeout", NULL },
		{ "", NULL },
		{ "xyzzy", NULL },
		{ "a-word-that-is-longer-than-any-name-could-be-longer-than-64-bytes",
		    NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *nearest =
		    text_nearest(rows[i].word, names, ARRAY_SIZE(names));

		assert_row((nearest == NULL) == (rows[i].nearest == NULL), rows[i].word);
		if (nearest != NULL)
			assert_string_equal(nearest, rows[i].nearest);
	}
}

static void
names_there_are_are_few_and_one_of_them_may_have_been_meant(void **state)
{
	static const struct {
		const char *wanted, *names[8], *said;
	} rows[] = {
		{ "echo", { NULL }, "" },
		{ "x", { "echo" }, ", only echo" },
		{ "x", { "a-b", "c-d" }, ", only a-b, c-d" },
		{ "ehco", { "time", "echo" }, ", only time, echo; did you mean echo?" },
		{ "x", { "1a", "2a", "3a", "4a", "5a" }, ", only 1a, 2a, 3a, 4a, 5a" },
		{ "x", { "1a", "2a", "3a", "4a", "5a", "6a" },
		    ", only 1a, 2a, 3a, 4a, 5a and 1 more" },
		{ "ehco", { "1a", "2a", "3a", "4a", "5a", "6a", "echo" },
		    ", only 1a, 2a, 3a, 4a, 5a and 2 more; did you mean echo?" },
		{ "night", { "nihgts", "nigth", "might" },
		    ", only nihgts, nigth, might; did you mean nigth?" },
		{ "a\nb", { "echo" }, ", only echo" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char said[256] = "";
		struct text text = TEXT_ON(said);
		struct known known;

		known_init(&known, rows[i].wanted);
		for (size_t k = 0; rows[i].names[k] != NULL; k++)
			known_add(&known, rows[i].names[k]);
		known_put_missing(&known, &text, "word");
		assert_row(strncmp(said, "there is no word '", 18) == 0, said);
		assert_string_equal(strrchr(said, '\'') + 1, rows[i].said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_decimal_digits_and_nothing_else),
		cmocka_unit_test(a_number_out_of_range_is_refused_and_leaves_the_result),
		cmocka_unit_test(a_time_is_a_number_and_a_unit),
		cmocka_unit_test(a_time_out_of_range_is_refused),
		cmocka_unit_test(a_size_is_a_number_and_a_unit_of_1024),
		cmocka_unit_test(a_mode_is_octal_with_at_most_four_digits),
		cmocka_unit_test(escapes_become_the_bytes_they_stand_for),
		cmocka_unit_test(an_unknown_escape_is_refused_and_leaves_the_text),
		cmocka_unit_test(the_nearest_name_is_at_most_a_third_away),
		cmocka_unit_test(
		    names_there_are_are_few_and_one_of_them_may_have_been_meant),
	};

	return cmocka_run_group_tests_name("text_parse", tests, NULL, NULL);
}
