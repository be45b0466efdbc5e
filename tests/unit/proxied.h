/*
 * proxied -- what must hold of every PROXY header, good or bad
 *
 * A good one is good with anything behind it, and each of its prefixes wants no more than
 * it has; of a bad one nothing is said but why.
 */
#pragma once

#include "proxy.h"
#include "unit.h"

/* In memory of exactly that size, so that reading on is noticed. */
static inline enum proxy_result
parse(const void *bytes, size_t count, struct proxy_header *ret_header,
    size_t *ret_wanted, const char **ret_why)
{
	char *copy = malloc(count + 1);
	enum proxy_result result;

	assert_non_null(copy);
	if (count > 0)
		memcpy(copy + 1, bytes, count);
	result = proxy_parse(copy + 1, count, ret_header, ret_wanted, ret_why);
	free(copy);
	return result;
}

static inline struct proxy_header
must_be_done(const char *bytes, size_t count)
{
	struct proxy_header header;
	const char *why = "more is wanted";
	size_t wanted;

	memset(&header, 0xff, sizeof(header));
	if (proxy_parse(bytes, count, &header, &wanted, &why) != PROXY_DONE)
		fail_msg("'%.*s' (%zu bytes): %s", (int)count, bytes, count, why);
	return header;
}

/* Also that nothing was said of it. */
static inline const char *
must_be_bad(const void *bytes, size_t count)
{
	struct proxy_header header, untouched;
	const char *why = NULL;
	size_t wanted = 4711;

	memset(&header, 0xee, sizeof(header));
	untouched = header;
	if (parse(bytes, count, &header, &wanted, &why) != PROXY_BAD)
		fail_msg("'%.*s' (%zu bytes) is not refused", (int)count,
		    (const char *)bytes, count);
	assert_memory_equal(&header, &untouched, sizeof(header));
	assert_int_equal(wanted, 4711);
	assert_non_null(why);
	return why;
}

/* Every prefix is the begin of one, and what it wants is there. */
static inline void
check_prefixes(const char *bytes, size_t count)
{
	struct proxy_header header;
	const char *why = "";
	size_t wanted, at = 0;

	for (size_t i = 0; i < count; i++) {
		wanted = 0;
		if (parse(bytes, i, &header, &wanted, &why) != PROXY_MORE)
			fail_msg("%zu of %zu bytes: %s", i, count, why);
		if (wanted == 0 || i + wanted > count)
			fail_msg("%zu of %zu bytes: %zu wanted", i, count, wanted);
	}
	while (parse(bytes, at, &header, &wanted, &why) == PROXY_MORE)
		at += wanted;
	assert_int_equal(at, count);
}

/* What comes behind it is the client's, whatever it looks like. */
static inline void
check_payloads(const char *bytes, size_t count)
{
	static const char *const payloads[] = { "\r\n", "\n", " ", "GET / HTTP/1.0\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n", "\2\1\00554321" };

	for (size_t i = 0; i < ARRAY_SIZE(payloads); i++) {
		char both[8192];
		struct proxy_header header;

		memcpy(both, bytes, count);
		memcpy(both + count, payloads[i], strlen(payloads[i]));
		header = must_be_done(both, count + strlen(payloads[i]));
		assert_int_equal(header.length, count);
	}
}

/* All that must hold for a good one; nothing else may be behind it in `bytes`. */
static inline struct proxy_header
check_good(const char *bytes, size_t count)
{
	struct proxy_header header = must_be_done(bytes, count);

	assert_int_equal(header.length, count);
	check_prefixes(bytes, count);
	check_payloads(bytes, count);
	return header;
}
