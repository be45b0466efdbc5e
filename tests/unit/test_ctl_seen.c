/*
 * What servers say, into plain structs, and two snapshots compared.
 */
#include "unit.h"

#include "seen.h"
#include "snapshot.h"

static json_t *
parse(const char *text)
{
	json_t *object = json_loads(text, 0, NULL);

	assert_non_null(object);
	return object;
}

static void
a_session_is_read_with_what_is_known(void **state)
{
	json_t *object = parse(
	    "{\"id\":\"6H0E98\",\"service\":\"echo\",\"source\":\"127.0.0.1:7\","
	    "\"proxy\":\"10.0.0.1:9\",\"state\":\"terminating\",\"cause\":\"idle-timeout\",\"pid\":42,"
	    "\"age_ms\":1500,\"older\":true}");
	struct seen_session session;

	(void)state;
	seen_session_read(&session, object);
	assert_string_equal(session.id, "6H0E98");
	assert_string_equal(session.proxy, "10.0.0.1:9");
	assert_string_equal(session.cause, "idle-timeout");
	assert_int_equal(session.pid, 42);
	assert_int_equal(session.age_ms, 1500);
	assert_int_equal(session.bytes_in, -1);
	assert_int_equal(session.cpu_us, -1);
	assert_true(session.is_older);
	json_decref(object);
}

static void
wrong_types_are_as_good_as_missing(void **state)
{
	json_t *object =
	    parse("{\"id\":7,\"service\":null,\"pid\":\"x\",\"age_ms\":1.5,\"older\":1}");
	struct seen_session session;

	(void)state;
	seen_session_read(&session, object);
	assert_string_equal(session.id, "");
	assert_string_equal(session.service, "");
	assert_int_equal(session.pid, 0);
	assert_int_equal(session.age_ms, -1);
	assert_false(session.is_older);
	json_decref(object);
}

static void
nothing_that_moves_a_cursor_gets_through(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "plain \\x1b", "plain \\x1b" }, /* was quoted before */
		{ "a\x1b[2J\n", "a\\x1b[2J\\x0a" },
		{ "\u00e4\u202ex", "\u00e4\\xe2\\x80\\xaex" },
		{ "12345678901234567890", "123456789012345" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char to[16 + 32];

		seen_copy(to, i == 3 ? 16 : sizeof(to), rows[i].from);
		assert_string_equal(to, rows[i].to);
	}
}

/* ---- snapshots ---------------------------------------------------------------- */

static void
add(struct snapshot *snapshot, const char *text)
{
	json_t *object = parse(text);

	assert_int_equal(snapshot_add(snapshot, object), 0);
	json_decref(object);
}

static void
objects_find_their_place(void **state)
{
	struct snapshot snapshot;

	(void)state;
	snapshot_init(&snapshot);
	add(&snapshot, "{\"instance\":\"night\",\"pid\":7,\"accepted\":3}");
	add(&snapshot, "{\"service\":\"echo\",\"state\":\"full\",\"live\":2,"
		       "\"refusals\":\"rate 3\"}");
	add(&snapshot, "{\"id\":\"B\",\"service\":\"echo\"}");
	add(&snapshot, "{\"something\":\"new\"}");
	assert_string_equal(snapshot.server.name, "night");
	assert_int_equal(snapshot.service_count, 1);
	assert_string_equal(snapshot.services[0].state, "full");
	assert_string_equal(snapshot.services[0].refusals, "rate 3");
	assert_int_equal(snapshot.services[0].numbers.live, 2);
	assert_int_equal(snapshot.sessions.count, 1);
	snapshot_done(&snapshot);
}

static void
fill(struct snapshot *snapshot, int64_t taken_ms, const char *server)
{
	snapshot_init(snapshot);
	snapshot->taken_ms = taken_ms;
	add(snapshot, server);
}

static void
rates_and_shares_come_from_two_of_them(void **state)
{
	struct snapshot before, now;

	(void)state;
	fill(&before, 1000,
	    "{\"instance\":\"n\",\"pid\":7,\"accepted\":10,\"refused\":0}");
	fill(&now, 3000, "{\"instance\":\"n\",\"pid\":7,\"accepted\":15,\"refused\":4}");
	before.cpu_us = 100000;
	now.cpu_us = 120000;
	add(&before, "{\"id\":\"A\"}");
	add(&before, "{\"id\":\"C\"}");
	add(&now, "{\"id\":\"D\"}");
	add(&now, "{\"id\":\"C\"}");
	before.sessions.sessions[1].cpu_us = 1000000;
	now.sessions.sessions[1].cpu_us = 2000000;
	now.sessions.sessions[0].cpu_us = 5;
	snapshot_compare(&now, &before);
	assert_int_equal(now.new_milli, 2500);
	assert_int_equal(now.refused_milli, 2000);
	assert_int_equal(now.permille, 10);
	assert_string_equal(now.sessions.sessions[0].id, "C"); /* sorted by id */
	assert_int_equal(now.sessions.sessions[0].permille, 500);
	assert_int_equal(now.sessions.sessions[1].permille, -1);
	snapshot_done(&before);
	snapshot_done(&now);
}

static void
another_process_is_not_compared(void **state)
{
	struct snapshot before, now;

	(void)state;
	fill(&before, 1000, "{\"instance\":\"n\",\"pid\":7,\"accepted\":10}");
	fill(&now, 3000, "{\"instance\":\"n\",\"pid\":8,\"accepted\":15}");
	snapshot_compare(&now, &before);
	assert_int_equal(now.new_milli, -1);
	snapshot_done(&before);
	snapshot_done(&now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_read_with_what_is_known),
		cmocka_unit_test(wrong_types_are_as_good_as_missing),
		cmocka_unit_test(nothing_that_moves_a_cursor_gets_through),
		cmocka_unit_test(objects_find_their_place),
		cmocka_unit_test(rates_and_shares_come_from_two_of_them),
		cmocka_unit_test(another_process_is_not_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
