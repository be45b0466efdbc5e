/*
 * Why a program cannot be started ahead: in words, by name, and for good or for a while.
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "engine.h"
#include "pool.h"

static const struct row {
	enum hold_result result;
	const char *sentence; /* how it begins */
	const char *name;
	bool is_final;
} rows[] = {
	{ HOLD_NOT_RUN, "the program could not be executed", "not-run", false },
	{ HOLD_ENDED, "it ended before", "ended", false },
	{ HOLD_LET_GO, "it closed its connection", "let-go", true },
	{ HOLD_BY_CHILD, "a process that it starts", "by-child", true },
	{ HOLD_FOREIGN, "its code is of another kind", "foreign", true },
	{ HOLD_DENIED, "tracing is not allowed", "denied", true },
	{ HOLD_UNREADABLE, "the program's file may be", "unreadable", true },
	{ HOLD_PRIVILEGED, "the program is set-user-id", "privileged", true },
	{ HOLD_TOO_MUCH, "it has more threads", "too-much", true },
	{ HOLD_FAILED, "what it says", "other", false },
};

static void
what_would_be_the_same_again_is_final(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hold_report report = { .result = rows[i].result,
			.detail = "what it says" };
		char said[512] = "";
		struct text text = TEXT_ON(said);

		assert_row(pool_reason(&report, &text) == rows[i].is_final, rows[i].name);
		assert_row(
		    strncmp(said, rows[i].sentence, strlen(rows[i].sentence)) == 0, said);
		assert_row(strstr(said, "what it says") != NULL, said);
	}
}

static void
each_is_counted_under_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ledger ledger = { 0 };
		struct prong_service service = { .ledger = &ledger };
		static struct pool pool;
		char expected[32];

		pool = (struct pool){ .service = &service };
		for (int k = 0; k < 2; k++)
			pool_count_reason(
			    &pool, &(struct hold_report){ .result = rows[i].result });
		(void)snprintf(expected, sizeof(expected), "%s 2", rows[i].name);
		assert_string_equal(pool.reasons, expected);
	}
}

static void
who_is_too_slow_is_counted_apart(void **state)
{
	const struct hold_report late = { .result = HOLD_FAILED, .error = ETIMEDOUT },
				 other = { .result = HOLD_FAILED },
				 held = { .result = HOLD_HELD };
	struct ledger ledger = { 0 };
	struct prong_service service = { .ledger = &ledger };
	static struct pool pool;

	(void)state;
	pool = (struct pool){ .service = &service };
	pool_count_reason(&pool, &other);
	pool_count_reason(&pool, &held);
	pool_count_reason(&pool, &late);
	assert_string_equal(pool.reasons, "timeout 1, not-copied 1, other 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_would_be_the_same_again_is_final),
		cmocka_unit_test(each_is_counted_under_its_name),
		cmocka_unit_test(who_is_too_slow_is_counted_apart),
	};

	return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
