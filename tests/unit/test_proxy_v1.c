/*
 * PROXY headers for people: what line is taken and as what, what is refused and when.
 */
#include "proxied.h"

/* Text in the middle of bytes: without its NUL. */
static void
put(char *at, const char *text)
{
	for (; *text != '\0'; text++)
		*at++ = *text;
}

static void
a_line_is_read(void **state)
{
	static const struct {
		const char *line, *from, *to;
	} rows[] = {
		/* the specification's own */
		{ "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
		    "192.168.0.1:56324", "192.168.0.11:443" },
		{ "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
		    "255.255.255.255:65535", "255.255.255.255:65535" },
		{ "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0" },
		{ "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
		    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
		    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
		{ "PROXY TCP6 :: :: 0 0\r\n", "[::]:0", "[::]:0" },
		{ "PROXY TCP6 2001:DB8::7 2001:db8:0:0:0:0:0:1 1 2\r\n",
		    "[2001:db8::7]:1", "[2001:db8::1]:2" },
		/* as inet_ntop(3) writes it, and so haproxy */
		{ "PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "[::ffff:192.0.2.7]:1",
		    "[::1]:2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proxy_header header =
		    check_good(rows[i].line, strlen(rows[i].line));

		assert_int_equal(header.version, 1);
		assert_false(header.is_local);
		assert_put(addr_put(&put_here, &header.from), rows[i].from);
		assert_put(addr_put(&put_here, &header.to), rows[i].to);
		assert_false(header.has_ssl);
		assert_null(header.authority.at);
	}
}

static void
an_unknown_client_is_nobody_whatever_the_line_says(void **state)
{
	static const char *const rows[] = {
		"PROXY UNKNOWN\r\n",
		"PROXY UNKNOWN \r\n",
		"PROXY UNKNOWN 192.0.2.7 192.0.2.1 1 2\r\n",
		("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
		"PROXY UNKNOWN 300.1  \x01\xff%d ...\r\n",
	};
	char longest[107 + 1];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proxy_header header = check_good(rows[i], strlen(rows[i]));

		assert_int_equal(header.version, 1);
		assert_true(header.is_local);
		assert_int_equal(header.from.len, 0);
		assert_int_equal(header.to.len, 0);
	}

	memset(longest, 'x', sizeof(longest));
	put(longest, "PROXY UNKNOWN ");
	put(longest + 105, "\r\n");
	assert_true(check_good(longest, 107).is_local);
	put(longest + 105, "x\r\n");
	assert_string_equal(must_be_bad(longest, 108), "its line is too long");
	assert_string_equal(must_be_bad(longest, 106), "its line is too long");
}

/* NUL included, where a row has one. */
struct row {
	const char *bytes;
	size_t count;
};

#define LINE(text)                                                                       \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}

static void
must_all_be_bad(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)must_be_bad(rows[i].bytes, rows[i].count);
}

static void
what_is_no_line_is_refused(void **state)
{
	static const struct row rows[] = {
		/* no line at all */
		LINE("G"),
		LINE("GET / HTTP/1.0\r\n"),
		LINE("\n"),
		LINE("\0"),
		LINE("\x16\x03\x01"),
		LINE("SSH-2.0-x\r\n"),
		LINE("proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE(" PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXYTCP4 192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY\r\n"),
		LINE("PROXY \r\n"),
		LINE("PROXY\tTCP4 192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY  TCP4 192.0.2.7 192.0.2.1 1 2\r\n"),
		/* another protocol */
		LINE("PROXY UDP4"),
		LINE("PROXY TCP5"),
		LINE("PROXY tcp4"),
		LINE("PROXY TCP 192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP44 192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4\r\n"),
		LINE("PROXY TCP4\t"),
		LINE("PROXY UNIX"),
		LINE("PROXY UNKNOWNX\r\n"),
		LINE("PROXY UNKNOWN\n"),
		LINE("PROXY UNKNOWN\rx"),
		LINE("PROXY UNKNOWN a\nb\r\n"),
		LINE("PROXY UNKNOWN a\rb\r\n"),
		LINE("PROXY unknown\r\n"),
	};

	must_all_be_bad(rows, ARRAY_SIZE(rows));
}

static void
a_line_ends_in_one_way_and_has_four_fields(void **state)
{
	static const struct row rows[] = {
		/* an end that is none */
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\rX"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 \r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\0\r\n"),
		LINE("PROXY TCP4 192.0.2.7\0 192.0.2.1 1 2\r\n"),
		/* too few, too many, blanks */
		LINE("PROXY TCP4 \r\n"),
		LINE("PROXY TCP4 192.0.2.7\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 \r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n"),
		LINE("PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7  192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1  2\r\n"),
		LINE("PROXY TCP4 192.0.2.7\t192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 2;\r\n"),
	};

	must_all_be_bad(rows, ARRAY_SIZE(rows));
}

static void
an_address_is_all_of_one_and_of_the_family_that_was_said(void **state)
{
	static const struct row rows[] = {
		LINE("PROXY TCP4 ::1 ::1 1 2\r\n"),
		LINE("PROXY TCP4 ::ffff:192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP6 ::1 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 203.0.113.256 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 203.0.113.256 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.4294967303 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 0300.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.07 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.00 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 0xc0.0.2.7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.2 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 3221225991 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7. 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7.1 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0..7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.-7 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7:80 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7/24 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 localhost 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP4 * 192.0.2.1 1 2\r\n"),
		LINE("PROXY TCP6 fe80::1%1 ::1 1 2\r\n"),
		LINE("PROXY TCP6 fe80::1%lo ::1 1 2\r\n"),
		LINE("PROXY TCP6 [::1] ::1 1 2\r\n"),
		LINE("PROXY TCP6 1::2::3 ::1 1 2\r\n"),
		LINE("PROXY TCP6 ::: ::1 1 2\r\n"),
		LINE("PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2\r\n"),
		LINE("PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n"),
		LINE("PROXY TCP6 12345:: ::1 1 2\r\n"),
		LINE("PROXY TCP6 00001:: ::1 1 2\r\n"),
		LINE("PROXY TCP6 g:: ::1 1 2\r\n"),
		LINE("PROXY TCP6 ::ffff:192.0.2.256 ::1 1 2\r\n"),
		LINE("PROXY TCP6 ::ffff:192.0.02.7 ::1 1 2\r\n"),
		LINE("PROXY TCP6 0000:0000:0000:0000:0000:0000:0000:0000:0000:0000 "
		     "::1 1 2\r\n"),
	};

	must_all_be_bad(rows, ARRAY_SIZE(rows));
}

static void
a_port_is_a_decimal_number_up_to_65535(void **state)
{
	static const struct row rows[] = {
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 65536\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 4294967376 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 18446744073709551696 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 080 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1 00\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 -1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 +1 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 0x50 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 1.0 2\r\n"),
		LINE("PROXY TCP6 ::1 ::1 a 2\r\n"),
		LINE("PROXY TCP4 192.0.2.7 192.0.2.1 http 2\r\n"),
	};

	must_all_be_bad(rows, ARRAY_SIZE(rows));
}

static void
a_line_without_end_is_refused_when_it_has_107_bytes(void **state)
{
	char endless[4096];
	size_t wanted;
	struct proxy_header header;
	const char *why;

	memset(endless, '1', sizeof(endless));
	put(endless, "PROXY TCP4 ");
	assert_int_equal(proxy_parse(endless, 105, &header, &wanted, &why), PROXY_MORE);
	assert_int_equal(wanted, 2);
	for (size_t count = 106; count < sizeof(endless); count += 17)
		assert_string_equal(must_be_bad(endless, count), "its line is too long");
}

static void
what_can_be_no_line_any_more_is_refused_at_once(void **state)
{
	static const struct {
		const char *line;
		size_t enough; /* bytes of it */
	} rows[] = {
		{ "GET", 1 },
		{ "POST", 2 },
		{ "PROXX TCP4", 5 },
		{ "PROXY QCP4", 7 },
		{ "PROXY TCP6x", 11 },
		{ "PROXY TCP4 a", 12 },
		{ "PROXY TCP4 1:", 13 },
		{ "PROXY TCP6 1.g", 14 },
		{ "PROXY TCP4 1\n", 13 },
		{ "PROXY TCP4 1\rx", 14 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proxy_header header;
		const char *why;
		size_t wanted;

		assert_row(parse(rows[i].line, rows[i].enough - 1, &header, &wanted,
			       &why) == PROXY_MORE,
		    rows[i].line);
		(void)must_be_bad(rows[i].line, rows[i].enough);
	}
}

static void
what_is_wanted_is_the_shortest_line(void **state)
{
	static const struct {
		const char *begin;
		size_t wanted;
	} rows[] = {
		{ "", 15 },
		{ "P", 14 },
		{ "PROXY ", 9 },
		{ "PROXY U", 8 },
		{ "PROXY UNKNOWN", 2 },
		{ "PROXY UNKNOWN\r", 1 },
		{ "PROXY UNKNOWN x", 2 },
		{ "PROXY T", 15 },
		{ "PROXY TCP4", 22 },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 1 2", 2 },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r", 1 },
		{ "PROXY TCP6", 12 },
		{ "PROXY TCP6 :: :: 0 0", 2 },
		{ "\r", 15 },
		{ "\r\n\r\n", 12 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proxy_header header;
		const char *why;
		size_t wanted;

		assert_row(parse(rows[i].begin, strlen(rows[i].begin), &header, &wanted,
			       &why) == PROXY_MORE,
		    rows[i].begin);
		assert_row(wanted == rows[i].wanted, rows[i].begin);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read),
		cmocka_unit_test(an_unknown_client_is_nobody_whatever_the_line_says),
		cmocka_unit_test(what_is_no_line_is_refused),
		cmocka_unit_test(a_line_ends_in_one_way_and_has_four_fields),
		cmocka_unit_test(
		    an_address_is_all_of_one_and_of_the_family_that_was_said),
		cmocka_unit_test(a_port_is_a_decimal_number_up_to_65535),
		cmocka_unit_test(a_line_without_end_is_refused_when_it_has_107_bytes),
		cmocka_unit_test(what_can_be_no_line_any_more_is_refused_at_once),
		cmocka_unit_test(what_is_wanted_is_the_shortest_line),
	};

	return cmocka_run_group_tests_name("proxy_v1", tests, NULL, NULL);
}
