/*
 * What a service has started before its clients come: read from an answer, and in words.
 */
#include "unit.h"

#include "ahead.h"

static struct seen_service
seen(const char *text)
{
	struct seen_service service;
	json_t *object = json_loads(text, 0, NULL);

	assert_non_null(object);
	seen_service_read(&service, object);
	json_decref(object);
	return service;
}

static void
it_is_told_in_one_line(void **state)
{
	static const struct {
		const char *object, *line;
	} rows[] = {
		{ "{\"spares_asked\":\"warm\",\"spares_in_force\":\"warm\","
		  "\"spares_ready\":4,\"spares_starting\":0,\"spares_wanted\":4,"
		  "\"spares_hits\":97,\"spares_misses\":3,\"held_call\":\"read(0)\","
		  "\"held_start_ms\":48,\"spare_memory_kb\":8500}",
		    "warm, 4 of 4 ready, 97% of clients met one; held at read(0) after 48 ms, "
		    "8.3 MB each" },
		{ "{\"spares_asked\":\"spare\",\"spares_in_force\":\"spare\","
		  "\"spares_ready\":0,\"spares_starting\":2,\"spares_wanted\":3,"
		  "\"spares_hits\":0,\"spares_misses\":0,\"spare_memory_kb\":40}",
		    "spare, 0 of 3 ready, 2 starting; 40 KB each" },
		{ "{\"spares_asked\":\"warm\",\"spares_in_force\":\"fresh\","
		  "\"spares_reason\":\"it closed its connection\",\"spares_hits\":1}",
		    "warm was asked, clients get fresh: it closed its connection" },
		{ "{\"spares_asked\":\"clone\",\"spares_in_force\":\"warm\","
		  "\"spares_reason\":\"it has 3 threads\",\"spares_ready\":1,"
		  "\"spares_wanted\":1,\"spares_hits\":9223372036854775807,"
		  "\"spares_misses\":9223372036854775807}",
		    "clone was asked, clients get warm: it has 3 threads; 1 of 1 ready, 50% "
		    "of clients met one" },
		{ "{\"spares_asked\":\"warm\",\"spares_in_force\":\"warm\","
		  "\"spares_reason\":\"it was slow, once\",\"spares_ready\":1,"
		  "\"spares_wanted\":2}",
		    "warm, 1 of 2 ready" },
		{ "{\"spares_asked\":\"warm\",\"spares_in_force\":7}",
		    "warm was asked, clients get -; -1 of -1 ready" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen_service service = seen(rows[i].object);
		char place[512];
		struct text text = TEXT_ON(place);

		ahead_put(&text, &service.spares);
		assert_string_equal(place, rows[i].line);
	}
}

static void
a_service_that_starts_nobody_ahead_has_no_such_part(void **state)
{
	struct seen_service service = seen("{\"service\":\"echo\",\"live\":1}");

	(void)state;
	assert_string_equal(service.spares.asked, "");
	assert_int_equal(service.spares.ready, -1);
}

static void
the_counts_are_told_by_themselves(void **state)
{
	const struct seen_spares spares = {
		.hits = 970, .misses = 30, .failed = 2, .lost = 1, .retired = 6
	};
	char place[256];
	struct text text = TEXT_ON(place);

	(void)state;
	ahead_put_counts(&text, &spares);
	assert_string_equal(
	    place, "970 clients met one, 30 did not; failed 2, lost 1, retired 6");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_told_in_one_line),
		cmocka_unit_test(a_service_that_starts_nobody_ahead_has_no_such_part),
		cmocka_unit_test(the_counts_are_told_by_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
