/* protocol.c by itself: lines in, requests out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"

static const struct row {
	const char *line;
	enum protocol_verb verb;
	const char *key, *value, *wrong;
} rows[] = {
	{ "AUTH ada tiger", PROTOCOL_AUTH, "ada", "tiger", "" },
	{ "AUTH ada two words", PROTOCOL_AUTH, "ada", "two words", "" },
	{ "GET a", PROTOCOL_GET, "a", "", "" },
	{ "SET a 1", PROTOCOL_SET, "a", "1", "" },
	{ "SET a  1 2 ", PROTOCOL_SET, "a", " 1 2 ", "" },
	{ "SET a ", PROTOCOL_SET, "a", "", "" },
	{ "SET \xe4\xb8\xad \xe6\x96\x87", PROTOCOL_SET, "\xe4\xb8\xad", "\xe6\x96\x87",
	    "" },
	{ "DEL a", PROTOCOL_DEL, "a", "", "" },
	{ "KEYS", PROTOCOL_KEYS, "", "", "" },
	{ "KEYS ", PROTOCOL_KEYS, "", "", "" },
	{ "KEYS us", PROTOCOL_KEYS, "us", "", "" },
	{ "QUIT", PROTOCOL_QUIT, "", "", "" },
	{ "", PROTOCOL_BAD, "", "", "unknown command" },
	{ "get a", PROTOCOL_BAD, "", "", "unknown command" },
	{ " GET a", PROTOCOL_BAD, "", "", "unknown command" },
	{ "GETS a", PROTOCOL_BAD, "", "", "unknown command" },
	{ "GET", PROTOCOL_BAD, "", "", "a word is missing" },
	{ "GET ", PROTOCOL_BAD, "", "", "a word is missing" },
	{ "SET a", PROTOCOL_BAD, "", "", "a word is missing" },
	{ "SET  1", PROTOCOL_BAD, "", "", "a word is missing" },
	{ "AUTH ada", PROTOCOL_BAD, "", "", "a word is missing" },
	{ "GET a b", PROTOCOL_BAD, "", "", "a word too many" },
	{ "KEYS a b", PROTOCOL_BAD, "", "", "a word too many" },
	{ "QUIT now", PROTOCOL_BAD, "", "", "a word too many" },
	{ "GET a\tb", PROTOCOL_BAD, "", "", "control characters" },
	{ "SET a b\x7f", PROTOCOL_BAD, "", "", "control characters" },
	{ "SET a b\rc", PROTOCOL_BAD, "", "", "control characters" },
};

static void
each_line_is_what_the_table_says(void **state)
{
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct protocol_request request;

		memcpy(line, rows[i].line, strlen(rows[i].line));
		request = protocol_parse(line, strlen(rows[i].line));
		assert_int_equal(request.verb, rows[i].verb);
		assert_string_equal(request.key, rows[i].key);
		assert_string_equal(request.value, rows[i].value);
		assert_string_equal(request.wrong, rows[i].wrong);
	}
}

static void
a_zero_byte_ends_nothing(void **state)
{
	char line[] = "GET a\0b";

	(void)state;
	assert_string_equal(protocol_parse(line, 7).wrong, "control characters");
}

static void
a_key_has_255_bytes_at_most(void **state)
{
	char line[PROTOCOL_LINE_MAX + 1] = "GET ";

	(void)state;
	memset(line + 4, 'k', PROTOCOL_KEY_MAX + 1);
	assert_string_equal(
	    protocol_parse(line, 4 + PROTOCOL_KEY_MAX + 1).wrong, "the key is too long");
	line[3] = ' '; /* which ended the word */
	memset(line + 4, 'k', PROTOCOL_KEY_MAX + 1);
	assert_int_equal(protocol_parse(line, 4 + PROTOCOL_KEY_MAX).verb, PROTOCOL_GET);
}

static void
a_line_ends_with_or_without_a_carriage_return(void **state)
{
	size_t length = 77, next = 78;

	(void)state;
	assert_false(protocol_line("GET a", 5, &length, &next));
	assert_int_equal(length, 77);
	assert_int_equal(next, 78);
	assert_true(protocol_line("GET a\nGET", 9, &length, &next));
	assert_int_equal(length, 5);
	assert_int_equal(next, 6);
	assert_true(protocol_line("GET a\r\nGET", 10, &length, &next));
	assert_int_equal(length, 5);
	assert_int_equal(next, 7);
	assert_true(protocol_line("\n", 1, &length, &next));
	assert_int_equal(length, 0);
	assert_int_equal(next, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_what_the_table_says),
		cmocka_unit_test(a_zero_byte_ends_nothing),
		cmocka_unit_test(a_key_has_255_bytes_at_most),
		cmocka_unit_test(a_line_ends_with_or_without_a_carriage_return),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
