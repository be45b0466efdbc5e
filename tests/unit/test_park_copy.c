/*
 * Copies of a program that is held: processes of their own, of which each takes a
 * connection.
 */
#include "held.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPIES 3

/* The C libraries that the program is there for; the second may be missing. */
static const char *const libraries[] = { PARKED, PARKED_MUSL };
#define LIBRARIES 2

static void
begin(struct held *held, const char *path, const char *word, const char *more)
{
	held_start(held, path, word, more);
	assert_int_equal(held_park(held, true), HOLD_HELD);
	assert_string_equal(held->report.copy_refusal, "");
}

static void
each_copy_has_a_connection_and_the_original_waits_on(void **state)
{
	struct held held, copies[COPIES];

	(void)state;
	begin(&held, NULL, "echo", NULL);
	for (int i = 0; i < COPIES; i++)
		held_copy(&held, &copies[i]);
	for (int i = 0; i < COPIES; i++) {
		held_give(&copies[i], NULL);
		held_ask(&copies[i]);
	}
	for (int i = 0; i < COPIES; i++) {
		assert_string_equal(held_says(&copies[i]), "x");
		assert_int_equal(held_end(&copies[i]), 7);
	}
	held_goes_on(&held, "x", 7);
}

static void
a_copy_ends_with_its_own_channel(void **state)
{
	struct held held, copy;

	(void)state;
	begin(&held, NULL, "echo", NULL);
	held_copy(&held, &copy);
	assert_int_equal(held_end(&copy), 0);
	assert_int_equal(held_end(&held), 0);
}

static void
a_copy_is_a_process_of_its_own(void **state)
{
	struct held held, copy;

	(void)state;
	for (int i = 0; i < LIBRARIES; i++) {
		if (libraries[i][0] == '\0') {
			print_message("# no musl-gcc: only one C library is tried\n");
			continue;
		}
		begin(&held, libraries[i], "identity", NULL);
		held_copy(&held, &copy);
		held_goes_on(&copy,
		    "pid new, tid pid, usr1 2, robust same, lock 0, leader session", 0);
		assert_int_equal(held_end(&held), 0);
	}
}

/* Also where two descriptors share one. */
static void
copies_share_no_offset(void **state)
{
	char path[] = "/tmp/prong-park-XXXXXX";
	struct held held, copies[COPIES];
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "abcdefghi", 9), 9);
	(void)close(fd);
	begin(&held, NULL, "file", path);
	for (int i = 0; i < COPIES; i++)
		held_copy(&held, &copies[i]);
	for (int i = 0; i < COPIES; i++)
		held_goes_on(&copies[i], "defghi!", 0);
	assert_int_equal(held_end(&held), 0);
	(void)unlink(path);
}

static void
what_two_processes_cannot_share_is_named(void **state)
{
	static const struct {
		const char *open, *refusal;
	} rows[] = {
		{ "eventfd", "descriptor 9 is an eventfd" },
		{ "pipe", "descriptor 9 is a pipe" },
		{ "lock", "a lock is held on descriptor 9" },
		{ "/dev/null", "" },
		{ "/", "" },
	};
	struct held held;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		held_start(&held, NULL, "open", rows[i].open);
		assert_int_equal(held_park(&held, true), HOLD_HELD);
		assert_string_equal(held.report.copy_refusal, rows[i].refusal);
		assert_int_equal(held_end(&held), 0);
	}
	held_start(&held, NULL, "threads", NULL);
	assert_int_equal(held_park(&held, true), HOLD_HELD);
	assert_string_equal(held.report.copy_refusal, "it has 7 threads");
	assert_int_equal(held_end(&held), 0);
}

static void
what_cannot_be_copied_says_so(void **state)
{
	static const struct {
		const char *word;
		int32_t error;
	} rows[] = { { "poor", -EMFILE }, { "threads", -EOPNOTSUPP } };
	struct held held;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int32_t value = 0;

		held_begin(&held, rows[i].word, NULL);
		(void)close(held_order_copy(&held, &value));
		assert_int_equal(value, rows[i].error);
		assert_int_equal(held_end(&held), 0);
	}
}

static void
a_copy_without_its_files_does_not_go_on(void **state)
{
	char path[] = "/tmp/prong-park-XXXXXX";
	struct warm_answer answer = { 0 };
	struct held held, copy;

	(void)state;
	if (geteuid() != 0)
		skip();
	(void)close(mkstemp(path));
	(void)chmod(path, 0666);
	held_begin(&held, "nobody", path);
	assert_string_equal(held.report.copy_refusal, "");
	(void)chmod(path, 0600);
	held_copy(&held, &copy);
	assert_int_equal(recv(copy.ctl, &answer, sizeof(answer), 0), sizeof(answer));
	assert_int_equal(answer.kind, WARM_FAILED);
	assert_int_equal(answer.value, -EACCES);
	assert_int_equal(held_end(&copy), 126);
	assert_int_equal(held_end(&held), 0);
	held_begin(&held, "nobody", path);
	assert_string_equal(
	    held.report.copy_refusal, "descriptor 3 cannot be opened anew");
	assert_int_equal(held_end(&held), 0);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_copy_has_a_connection_and_the_original_waits_on),
		cmocka_unit_test(a_copy_ends_with_its_own_channel),
		cmocka_unit_test(a_copy_is_a_process_of_its_own),
		cmocka_unit_test(copies_share_no_offset),
		cmocka_unit_test(what_cannot_be_copied_says_so),
		cmocka_unit_test(a_copy_without_its_files_does_not_go_on),
		cmocka_unit_test(what_two_processes_cannot_share_is_named),
	};

	return cmocka_run_group_tests_name("park_copy", tests, NULL, NULL);
}
