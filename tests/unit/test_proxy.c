/*
 * Any bytes as a PROXY header, and good ones that were damaged.
 */
#include "proxied.h"

#include "chance.h"
#include "header.h"

/* What must hold of any bytes; that it reads nothing else shows under a sanitizer. */
static enum proxy_result
check_any(const char *bytes, size_t count)
{
	struct proxy_header header;
	const char *why = NULL;
	size_t wanted = 0;
	enum proxy_result result = parse(bytes, count, &header, &wanted, &why);

	if (result == PROXY_MORE)
		assert_true(wanted > 0 && count + wanted <= PROXY_HEADER_MOST);
	else if (result == PROXY_BAD)
		assert_non_null(why);
	else
		assert_true(header.length >= 15 && header.length <= count &&
			    header.length <= PROXY_HEADER_MOST);
	return result;
}

static void
random_bytes_are_no_header(void **state)
{
	struct chance chance = { 1 };

	for (int i = 0; i < 20000; i++) {
		char bytes[256];
		size_t count = 1 + chance_below(&chance, sizeof(bytes) - 1);

		for (size_t j = 0; j < count; j++)
			bytes[j] = (char)chance_below(&chance, 256);
		assert_int_not_equal(check_any(bytes, count), PROXY_DONE);
	}
}

/* A good one in which some bytes are others, some are missing or there are more. */
static void
a_header_that_was_damaged_does_no_harm(void **state)
{
	struct header_bytes good = header_of("2111", INET);
	struct chance chance = { 2 };
	int results[PROXY_BAD + 1] = { 0 };

	header_add_tlv(&good, 0x02, "www.example.org", 15);
	header_add_tlv(&good, 0x20, "\x07\0\0\0\0\x22\0\4name\x21\0\7TLSv1.3", 22);
	for (int i = 0; i < 40000; i++) {
		struct header_bytes bytes = good;

		if (i % 2 == 0)
			bytes.count = (size_t)snprintf(bytes.at, sizeof(bytes.at),
			    "PROXY TCP6 2001:db8::7 ::ffff:192.0.2.1 56324 443\r\n");
		for (uint32_t j = chance_below(&chance, 4); j > 0; j--)
			bytes.at[chance_below(&chance, (uint32_t)bytes.count)] =
			    (char)chance_below(&chance, 256);
		if (chance_below(&chance, 3) == 0)
			bytes.count = chance_below(&chance, (uint32_t)bytes.count + 40);
		results[check_any(bytes.at, bytes.count)]++;
	}
	assert_true(
	    results[PROXY_MORE] > 0 && results[PROXY_DONE] > 0 && results[PROXY_BAD] > 0);
}

/* Nothing but the two begins may be followed by anything. */
static void
nothing_is_waited_for_that_does_not_begin_like_one(void **state)
{
	for (unsigned first = 0; first < 256; first++) {
		char bytes[1] = { (char)first };
		enum proxy_result result = check_any(bytes, 1);

		assert_int_equal(
		    result, first == 'P' || first == '\r' ? PROXY_MORE : PROXY_BAD);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_bytes_are_no_header),
		cmocka_unit_test(a_header_that_was_damaged_does_no_harm),
		cmocka_unit_test(nothing_is_waited_for_that_does_not_begin_like_one),
	};

	return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
