/*
 * PROXY headers for machines that are refused, and when.
 */
#include "proxied.h"

#include "header.h"

static void
a_header_that_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *kind, *rest, *why;
	} rows[] = {
		{ "1111", INET, "its version is not 2" },
		{ "3111", INET, "its version is not 2" },
		{ "0111", INET, "its version is not 2" },
		{ "2211", INET, "its command is unknown" },
		{ "2f11", INET, "its command is unknown" },
		{ "2141", INET, "its address family is unknown" },
		{ "21f1", INET, "its address family is unknown" },
		{ "2113", INET, "its transport is unknown" },
		{ "211f", INET, "its transport is unknown" },
		{ "2111", "", "it is too short for its addresses" },
		{ "2111", "c0000207 c6336401 dc04 01",
		    "it is too short for its addresses" },
		{ "2112", "c0000207 c6336401 dc04 01",
		    "it is too short for its addresses" },
		{ "2121", INET, "it is too short for its addresses" },
		{ "2131", INET6, "it is too short for its addresses" },
		/* bytes that are no more a value, and values that go on behind the end */
		{ "2111", INET "00", "it does not end with its last value" },
		{ "2111", INET "04 00", "it does not end with its last value" },
		{ "2111", INET "04 0001", "it does not end with its last value" },
		{ "2111", INET "04 ffff 00", "it does not end with its last value" },
		{ "2111", INET "02 000a 3132333435",
		    "it does not end with its last value" },
		{ "2111", INET "02 0004 31323334 35",
		    "it does not end with its last value" },
		{ "2000", "04", "it does not end with its last value" },
		{ "2011", INET "04 0002 00", "it does not end with its last value" },
		{ "2100", "c0000207", "it does not end with its last value" },
		/* what it says of itself */
		{ "2111", INET "03 0000", "its checksum has not 4 bytes" },
		{ "2111", INET "03 0003 000000", "its checksum has not 4 bytes" },
		{ "2111", INET "03 0005 0000000000", "its checksum has not 4 bytes" },
		{ "2111", INET "03 0004 00000000", "its checksum is wrong" },
		{ "2000", "03 0004 00000000", "its checksum is wrong" },
		{ "2111", INET "03 0004 00000000 03 0004 00000000",
		    "it says one thing twice" },
		{ "2111", INET "01 0000 01 0000", "it says one thing twice" },
		{ "2111", INET "02 0001 61 02 0001 62", "it says one thing twice" },
		{ "2111", INET "05 0001 61 05 0001 61", "it says one thing twice" },
		{ "2111", INET "30 0000 30 0000", "it says one thing twice" },
		{ "2111", INET "20 0005 0000000000 20 0005 0000000000",
		    "it says one thing twice" },
		{ "2111", INET "20 000d 0100000000 22 0001 61 22 0001 62",
		    "it says one thing twice" },
		{ "2111", INET "20 0000", "its facts of TLS are too short" },
		{ "2111", INET "20 0004 01000000", "its facts of TLS are too short" },
		{ "2111", INET "20 0006 0100000000 21",
		    "its facts of TLS do not end with the last of them" },
		{ "2111", INET "20 0008 0100000000 210001 04 0000",
		    "its facts of TLS do not end with the last of them" },
		{ "2111", INET "20 0009 0000000000 21 0002 61 04 0000",
		    "its facts of TLS do not end with the last of them" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_bytes bytes = header_of(rows[i].kind, rows[i].rest);

		assert_string_equal(must_be_bad(bytes.at, bytes.count), rows[i].why);
		/* What comes behind cannot make it right. */
		memcpy(bytes.at + bytes.count, "12345\0\0\0\0\0\0\0\0\0", 14);
		assert_string_equal(must_be_bad(bytes.at, bytes.count + 14), rows[i].why);
	}
}

static void
a_unique_id_has_at_most_128_bytes(void **state)
{
	struct header_bytes bytes = header_of("2111", INET);
	static const char id[129];

	header_add_tlv(&bytes, 0x05, id, sizeof(id));
	assert_string_equal(
	    must_be_bad(bytes.at, bytes.count), "its unique id is too long");
}

static void
a_header_that_is_too_long_is_refused_by_its_length(void **state)
{
	struct header_bytes bytes = header_of("2111", INET);
	static const char filling[PROXY_HEADER_MOST];

	header_add_tlv(&bytes, 0x04, filling, PROXY_HEADER_MOST - bytes.count - 3);
	assert_int_equal(bytes.count, PROXY_HEADER_MOST);
	assert_int_equal(must_be_done(bytes.at, bytes.count).length, PROXY_HEADER_MOST);

	bytes = header_of("2111", INET);
	header_add_tlv(&bytes, 0x04, filling, PROXY_HEADER_MOST - bytes.count - 2);
	assert_string_equal(must_be_bad(bytes.at, 16), "it is too long");
	memcpy(bytes.at + 14, "\xff\xff", 2);
	assert_string_equal(must_be_bad(bytes.at, 16), "it is too long");
	bytes.at[12] = 0x20;
	assert_string_equal(must_be_bad(bytes.at, 16), "it is too long");
}

static void
the_first_bytes_are_refused_as_they_come(void **state)
{
	struct header_bytes good = header_of("2111", INET);
	struct proxy_header header;
	const char *why;
	size_t wanted;

	for (size_t i = 0; i < 14; i++) {
		struct header_bytes bytes = good;

		bytes.at[i] = (char)(bytes.at[i] ^ 0x88);
		assert_int_equal(parse(bytes.at, i, &header, &wanted, &why), PROXY_MORE);
		(void)must_be_bad(bytes.at, i + 1);
	}
}

/* The checksum comes first, so that no other length can hide it. */
static void
every_byte_is_under_the_checksum(void **state)
{
	struct header_bytes good = header_of("2121", INET6);
	size_t type = good.count;

	header_add_tlv(&good, 0x03, "\0\0\0\0", 4);
	header_add_tlv(&good, 0x02, "www.example.org", 15);
	header_add_tlv(&good, 0x20, "\x07\0\0\0\0\x22\0\4name", 12);
	header_seal(&good, type + 3);
	(void)check_good(good.at, good.count);
	for (size_t i = 0; i < good.count; i++)
		for (unsigned flip = 1; flip < 256; flip++) {
			struct header_bytes bytes = good;

			memset(bytes.at + bytes.count, 0, PROXY_HEADER_MOST);
			bytes.at[i] = (char)((unsigned char)bytes.at[i] ^ flip);
			/* With another type, or an end before it, there is none. */
			if (i == type || (i == 15 && (size_t)bytes.at[15] == type - 16))
				continue;
			/* Another length has bytes enough. */
			if (i == 14 || i == 15)
				bytes.count += PROXY_HEADER_MOST;
			(void)must_be_bad(bytes.at, bytes.count);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_that_is_wrong_is_refused),
		cmocka_unit_test(a_unique_id_has_at_most_128_bytes),
		cmocka_unit_test(a_header_that_is_too_long_is_refused_by_its_length),
		cmocka_unit_test(the_first_bytes_are_refused_as_they_come),
		cmocka_unit_test(every_byte_is_under_the_checksum),
	};

	return cmocka_run_group_tests_name("proxy_v2_wrong", tests, NULL, NULL);
}
