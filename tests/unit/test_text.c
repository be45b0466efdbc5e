/*
 * Text into fixed memory: for people, for machines, and from strangers.
 */
#include "unit.h"

static void
what_does_not_fit_is_cut_and_remembered(void **state)
{
	char place[8] = "xxxxxxx";
	struct text text = TEXT_ON(place);

	text_put(&text, "1234567");
	assert_false(text.is_cut);
	assert_string_equal(place, "1234567");
	text_put(&text, "");
	assert_false(text.is_cut);
	text_put_char(&text, '8');
	assert_true(text.is_cut);
	assert_string_equal(place, "1234567");
	assert_int_equal(text.used, 7);
}

static void
after_a_cut_nothing_is_added(void **state)
{
	char place[8];
	struct text text = TEXT_ON(place);

	text_put(&text, "12345");
	text_put_quoted(&text, "\n", 1); /* four bytes, or none */
	assert_true(text.is_cut);
	text_put(&text, "x");
	text_printf(&text, "%d", 1);
	text_put_json(&text, "x", 1);
	assert_string_equal(place, "12345");
}

static void
no_memory_at_all_is_fine(void **state)
{
	struct text text = { 0 };

	text_put(&text, "");
	text_printf(&text, "%s", "");
	assert_false(text.is_cut);
	text_put(&text, "x");
	assert_true(text.is_cut);

	text = (struct text){ 0 };
	text_printf(&text, "x");
	assert_true(text.is_cut);
	assert_int_equal(text.used, 0);
}

static void
printf_is_cut_like_everything_else(void **state)
{
	char place[8];
	struct text text = TEXT_ON(place);

	text_printf(&text, "%d-%s", 12, "3456");
	assert_string_equal(place, "12-3456");
	assert_false(text.is_cut);
	text_printf(&text, "%s", "");
	assert_false(text.is_cut);

	text = (struct text)TEXT_ON(place);
	text_printf(&text, "%s", "12345678");
	assert_string_equal(place, "1234567");
	assert_int_equal(text.used, 7);
	assert_true(text.is_cut);
}

static void
numbers_are_written_in_full(void **state)
{
	assert_put(text_put_number(&put_here, 0), "0");
	assert_put(text_put_number(&put_here, UINT64_MAX), "18446744073709551615");
	assert_put(text_put_signed(&put_here, -1), "-1");
	assert_put(text_put_signed(&put_here, INT64_MAX), "9223372036854775807");
	assert_put(text_put_signed(&put_here, INT64_MIN), "-9223372036854775808");
	assert_put(text_put_octal(&put_here, 0), "0");
	assert_put(text_put_octal(&put_here, 0660), "660");
	assert_put(text_put_octal(&put_here, UINT64_MAX), "1777777777777777777777");
}

static void
times_are_written_for_people(void **state)
{
	static const struct {
		msec time;
		const char *text;
	} rows[] = {
		{ 0, "0 ms" },
		{ 85, "85 ms" },
		{ 999, "999 ms" },
		{ 1000, "1.0 s" },
		{ 1249, "1.2 s" },
		{ 1250, "1.3 s" },
		{ 9949, "9.9 s" },
		{ 9950, "10 s" },
		{ 59499, "59 s" },
		{ 59500, "1 min" },
		{ 200000, "3 min 20 s" },
		{ 3599499, "59 min 59 s" },
		{ 3599500, "1 h" },
		{ 7500000, "2 h 5 min" },
		{ 86370000, "1 d" },
		{ 100000000, "1 d 4 h" },
		{ INT64_MAX, "106751991167 d 7 h" },
		{ -1234, "-1.2 s" },
		{ INT64_MIN, "-106751991167 d 7 h" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_put(text_put_time(&put_here, rows[i].time), rows[i].text);
}

static void
microseconds_are_written_for_people(void **state)
{
	assert_put(text_put_usec(&put_here, 0), "0.0 ms");
	assert_put(text_put_usec(&put_here, 812), "0.8 ms");
	assert_put(text_put_usec(&put_here, 9949), "9.9 ms");
	assert_put(text_put_usec(&put_here, 9950), "10 ms");
	assert_put(text_put_usec(&put_here, 85400), "85 ms");
	assert_put(text_put_usec(&put_here, 1234567), "1.2 s");
	assert_put(text_put_usec(&put_here, UINT64_MAX), "213503982 d 8 h");
}

static void
amounts_of_bytes_are_written_for_people(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KB" },
		{ 1434, "1.4 KB" },
		{ 10188, "9.9 KB" },
		{ 10189, "10 KB" },
		{ 1048063, "1023 KB" },
		{ 1048064, "1.0 MB" },
		{ 3221225472, "3.0 GB" },
		{ 1099511627776, "1.0 TB" },
		{ (uint64_t)1 << 50, "1.0 PB" },
		{ (uint64_t)1 << 60, "1.0 EB" },
		{ UINT64_MAX, "16 EB" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_put(text_put_bytes_amount(&put_here, rows[i].bytes), rows[i].text);
}

static void
bytes_from_outside_are_made_harmless(void **state)
{
	static const struct {
		const char *bytes, *quoted, *json;
	} rows[] = {
		{ "", "", "" },
		{ "plain ~", "plain ~", "plain ~" },
		{ "say \"hi\"", "say \"hi\"", "say \\\"hi\\\"" },
		{ "a\\b", "a\\\\b", "a\\\\b" },
		{ "a\nb\r", "a\\x0ab\\x0d", "a\\nb\\u000d" },
		{ "\033[2J", "\\x1b[2J", "\\u001b[2J" },
		{ "\177", "\\x7f", "\\u007f" },
		/* characters that are fine */
		{ "\303\251", "\303\251", "\303\251" },
		{ "\342\202\254", "\342\202\254", "\342\202\254" },
		{ "\360\237\230\200", "\360\237\230\200", "\360\237\230\200" },
		{ "\364\217\277\275", "\364\217\277\275", "\364\217\277\275" },
		{ "\302\240", "\302\240", "\302\240" },
		/* C1 controls */
		{ "\302\200", "\\xc2\\x80", "\\u0080" },
		{ "\302\233", "\\xc2\\x9b", "\\u009b" },
		{ "\302\237", "\\xc2\\x9f", "\\u009f" },
		/* direction and line */
		{ "\330\234", "\\xd8\\x9c", "\\u061c" },
		{ "\342\200\216", "\\xe2\\x80\\x8e", "\\u200e" },
		{ "\342\200\217", "\\xe2\\x80\\x8f", "\\u200f" },
		{ "\342\200\250", "\\xe2\\x80\\xa8", "\\u2028" },
		{ "\342\200\251", "\\xe2\\x80\\xa9", "\\u2029" },
		{ "\342\200\252", "\\xe2\\x80\\xaa", "\\u202a" },
		{ "\342\200\256", "\\xe2\\x80\\xae", "\\u202e" },
		{ "\342\201\246", "\\xe2\\x81\\xa6", "\\u2066" },
		{ "\342\201\251", "\\xe2\\x81\\xa9", "\\u2069" },
		{ "\342\200\257", "\342\200\257", "\342\200\257" },
		/* not UTF-8: stray, overlong, surrogate, too large, cut short */
		{ "\200", "\\x80", "\\ufffd" },
		{ "\377\376", "\\xff\\xfe", "\\ufffd\\ufffd" },
		{ "\300\212", "\\xc0\\x8a", "\\ufffd\\ufffd" },
		{ "\301\277", "\\xc1\\xbf", "\\ufffd\\ufffd" },
		{ "\340\200\212", "\\xe0\\x80\\x8a", "\\ufffd\\ufffd\\ufffd" },
		{ "\340\237\277", "\\xe0\\x9f\\xbf", "\\ufffd\\ufffd\\ufffd" },
		{ "\360\217\277\277", "\\xf0\\x8f\\xbf\\xbf",
		    "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\355\240\200", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\355\277\277", "\\xed\\xbf\\xbf", "\\ufffd\\ufffd\\ufffd" },
		{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80",
		    "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\365\200\200\200", "\\xf5\\x80\\x80\\x80",
		    "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\303", "\\xc3", "\\ufffd" },
		{ "\303x", "\\xc3x", "\\ufffdx" },
		{ "\342\202", "\\xe2\\x82", "\\ufffd\\ufffd" },
		{ "\360\237\230x", "\\xf0\\x9f\\x98x", "\\ufffd\\ufffd\\ufffdx" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t length = strlen(rows[i].bytes);

		assert_put(
		    text_put_quoted(&put_here, rows[i].bytes, length), rows[i].quoted);
		assert_put(text_put_json(&put_here, rows[i].bytes, length), rows[i].json);
	}
}

static void
a_nul_byte_is_quoted_too(void **state)
{
	assert_put(text_put_quoted(&put_here, "a\0b", 3), "a\\x00b");
	assert_put(text_put_json(&put_here, "a\0b", 3), "a\\u0000b");
}

static void
an_escape_or_a_character_is_never_cut_in_half(void **state)
{
	for (size_t size = 1; size < 5; size++) {
		char place[8] = "";
		struct text text = { .at = place, .size = size };

		text_put_quoted(&text, "\n", 1);
		assert_string_equal(place, "");
		assert_true(text.is_cut);

		text = (struct text){ .at = place, .size = size };
		text_put_quoted(&text, "\360\237\230\200", 4);
		assert_string_equal(place, "");
		assert_true(text.is_cut);

		text = (struct text){ .at = place, .size = size };
		text_put_json(&text, "\r", 1);
		assert_string_equal(place, "");
		assert_true(text.is_cut);
	}
}

static void
columns_are_counted_and_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("\u00e4\u2191\u2800"), 3);
	assert_int_equal(text_columns("中文，a"), 7);
	assert_int_equal(text_columns("e\u0301"), 1);
	assert_int_equal(text_columns("\U0001f600"), 2);
	assert_int_equal(text_character_bytes(""), 0);
	assert_int_equal(text_character_bytes("a中"), 1);
	assert_int_equal(text_character_bytes("中a"), 3);
	/* What is not UTF-8 is taken somehow, but never for more than four bytes. */
	assert_int_equal(text_character_bytes("\x80\x80\x80\x80\x80\x80"), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_cut_and_remembered),
		cmocka_unit_test(after_a_cut_nothing_is_added),
		cmocka_unit_test(no_memory_at_all_is_fine),
		cmocka_unit_test(printf_is_cut_like_everything_else),
		cmocka_unit_test(numbers_are_written_in_full),
		cmocka_unit_test(times_are_written_for_people),
		cmocka_unit_test(microseconds_are_written_for_people),
		cmocka_unit_test(amounts_of_bytes_are_written_for_people),
		cmocka_unit_test(bytes_from_outside_are_made_harmless),
		cmocka_unit_test(a_nul_byte_is_quoted_too),
		cmocka_unit_test(an_escape_or_a_character_is_never_cut_in_half),
		cmocka_unit_test(columns_are_counted_and_not_bytes),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
