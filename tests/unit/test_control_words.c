/*
 * The parts of the control socket that only have to do with words: requests, objects,
 * what is remembered for later, what outlives an exec.
 */
#include "unit.h"

#include "carry.h"
#include "object.h"
#include "request.h"

static void
a_request_is_cut_at_its_blanks(void **state)
{
	char line[] = "  kill  192.0.2.7 5s\n";
	struct request request;

	(void)state;
	assert_int_equal(request_init(&request, line, strlen(line) - 1), 0);
	assert_int_equal(request.count, 3);
	assert_string_equal(request.words[0], "kill");
	assert_string_equal(request.words[1], "192.0.2.7");
	assert_string_equal(request.words[2], "5s");
	assert_null(request.words[3]);
}

static void
what_is_no_request_is_said_to_be_none(void **state)
{
	static const struct {
		const char *line;
		size_t length;
		int failed;
	} rows[] = {
		{ "", 0, -ENODATA },
		{ "   ", 3, -ENODATA },
		{ "a\0b", 3, -EINVAL },
		{ "a\tb", 3, -EINVAL },
		{ "a\x7f", 2, -EINVAL },
		{ "a\r", 2, -EINVAL },
		{ "a b c d", 7, 0 },
		{ "a b c d e", 9, -E2BIG },
	};
	struct request request;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[32];

		memcpy(line, rows[i].line, rows[i].length);
		assert_row(request_init(&request, line, rows[i].length) == rows[i].failed,
		    rows[i].line);
		assert_non_null(request_mistake(rows[i].failed));
	}
}

/* ---- objects ------------------------------------------------------------------ */

static void
put_all(struct text *line)
{
	struct object object;

	object_begin(&object, line);
	object_text(&object, "a", "say \"x\"\n\xff");
	object_number(&object, "b", -7);
	object_bool(&object, "c", true);
	object_end(&object);
}

static void
an_object_is_a_line_of_json(void **state)
{
	(void)state;
	assert_put(put_all(&put_here),
	    "{\"a\":\"say \\\"x\\\"\\n\\ufffd\",\"b\":-7,\"c\":true}\n");
}

static void
what_does_not_fit_is_cut_and_the_object_stays_whole(void **state)
{
	char place[64] = "", value[200];
	struct text line = TEXT_ON(place);
	struct object object;

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	object_begin(&object, &line);
	object_text(&object, "a", value);
	object_number(&object, "number", 123456789);
	object_end(&object);
	assert_string_equal(
	    place, "{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxx\",\"truncated\":true}\n");
	assert_int_equal(line.size, sizeof(place));
}

static void
an_object_without_room_says_only_that(void **state)
{
	char place[24] = "";
	struct text line = TEXT_ON(place);
	struct object object;

	(void)state;
	object_begin(&object, &line);
	object_text(&object, "key", "value");
	object_end(&object);
	assert_string_equal(place, "{\"truncated\":true}\n");
}

/* ---- timed -------------------------------------------------------------------- */

static void
what_is_due_is_taken_in_its_order(void **state)
{
	struct timed timed = { 0 };
	char name[64];

	(void)state;
	assert_int_equal(timed_next(&timed), 0);
	assert_int_equal(timed_add(&timed, "b", 20), 0);
	assert_int_equal(timed_add(&timed, "a", 10), 0);
	assert_int_equal(timed_add(&timed, "c", 30), 0);
	assert_int_equal(timed_add(&timed, "b", 5), 0); /* changes its time */
	timed_remove(&timed, "c");
	timed_remove(&timed, "never");
	assert_int_equal(timed_next(&timed), 5);
	assert_false(timed_take(&timed, 4, name));
	assert_true(timed_take(&timed, 20, name));
	assert_string_equal(name, "b");
	assert_true(timed_take(&timed, 20, name));
	assert_string_equal(name, "a");
	assert_false(timed_take(&timed, 1000, name));
}

static void
a_full_table_takes_no_more(void **state)
{
	struct timed timed = { 0 };
	char name[16];

	(void)state;
	for (int i = 0; i < TIMED_ROWS; i++) {
		(void)snprintf(name, sizeof(name), "s%d", i);
		assert_int_equal(timed_add(&timed, name, i + 1), 0);
	}
	assert_int_equal(timed_room(&timed), 0);
	assert_int_equal(timed_add(&timed, "more", 1), -ENOSPC);
	assert_int_equal(timed_add(&timed, "s3", 1), 0);
	timed_remove(&timed, NULL);
	assert_int_equal(timed_room(&timed), TIMED_ROWS);
}

/* ---- carry -------------------------------------------------------------------- */

static void
what_is_carried_comes_back(void **state)
{
	struct carry carry = { .socket = { .fd = 7, .dev = 3, .ino = 99 },
		.client_fd = 12 };
	char word[256];
	struct carry back;

	(void)state;
	(void)snprintf(carry.socket.path, sizeof(carry.socket.path), "/run/a;b/1.sock");
	assert_int_equal(timed_add(&carry.timed, "echo", 77), 0);
	assert_int_equal(timed_add(&carry.timed, "x@y", 5), 0);
	assert_int_equal(carry_put(&carry, word, sizeof(word)), 0);
	assert_string_equal(word, "1;7;12;3;99;echo:77,x@y:5;/run/a;b/1.sock");
	assert_int_equal(carry_read(&back, word), 0);
	assert_int_equal(back.socket.fd, 7);
	assert_int_equal(back.client_fd, 12);
	assert_int_equal(back.socket.ino, 99);
	assert_string_equal(back.socket.path, carry.socket.path);
	assert_int_equal(timed_next(&back.timed), 5);
	assert_int_equal(carry_put(&carry, word, 8), -ENOSPC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_cut_at_its_blanks),
		cmocka_unit_test(what_is_no_request_is_said_to_be_none),
		cmocka_unit_test(an_object_is_a_line_of_json),
		cmocka_unit_test(what_does_not_fit_is_cut_and_the_object_stays_whole),
		cmocka_unit_test(an_object_without_room_says_only_that),
		cmocka_unit_test(what_is_due_is_taken_in_its_order),
		cmocka_unit_test(a_full_table_takes_no_more),
		cmocka_unit_test(what_is_carried_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
