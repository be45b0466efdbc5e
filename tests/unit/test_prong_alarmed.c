/*
 * A host whose signal handler comes at any moment, a thousand times a second, and whose
 * system calls are not restarted: nothing fails of whatever it serves.
 */
#include "kinds.h"

#include <signal.h>
#include <sys/time.h>

#define ROUNDS 6

static volatile sig_atomic_t alarms;

static void
count_alarm(int number)
{
	(void)number;
	alarms++;
}

/* The handler stays: one more may be on its way. */
static void
set_alarms(suseconds_t every_us)
{
	const struct itimerval timer = { { 0, every_us }, { 0, every_us } };
	const struct sigaction catches = { .sa_handler = count_alarm };

	assert_int_equal(sigaction(SIGALRM, &catches, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void
serve(const struct kind *kind)
{
	const struct prong_service *service;
	struct prong_stats stats;

	embed_init(&it);
	service = kind_start(&it, kind);
	for (int i = 0; i < ROUNDS; i++)
		kind_assert_ending(kind, kind_visit(&it, service, kind));
	assert_int_equal(prong_reload_begin(it.server), 0);
	service = kind_add(&it, kind);
	if (prong_reload_commit(it.server) < 0)
		fail_msg("%s", prong_error(it.server));
	kind_assert_ending(kind, kind_visit(&it, service, kind));
	prong_stats(it.server, &stats, sizeof(stats));
	assert_int_equal(stats.ended, ROUNDS + 1);
	assert_int_equal(stats.failed + stats.refused, 0);
	embed_done(&it);
}

static void
a_signal_in_each_millisecond_disturbs_nothing(void **state)
{
	(void)state;
	set_alarms(1000);
	for (size_t i = 0; i < kinds_count; i++)
		serve(&kinds[i]);
	set_alarms(0);
	assert_true(alarms > 0);
}

static void
a_signal_ten_times_in_each_millisecond_disturbs_nothing(void **state)
{
	(void)state;
	set_alarms(100);
	for (size_t i = 0; i < kinds_count; i++)
		serve(&kinds[i]);
	set_alarms(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_in_each_millisecond_disturbs_nothing),
		cmocka_unit_test(a_signal_ten_times_in_each_millisecond_disturbs_nothing),
	};

	return cmocka_run_group_tests_name("prong_alarmed", tests, NULL, NULL);
}
