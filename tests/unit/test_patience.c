/*
 * Waiting for a descriptor while signals come all the time.
 */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "base.h"
#include "patience.h"

#define ALARMS 20

static int ends[2];
static volatile sig_atomic_t alarms;

/* ---- a clock of our own ---------------------------------------------------------- */

/* Has poll() interrupted when so much of its time is over; 0: as it is. */
static int interrupted_after;
static int fake_now, asked_for;

int
poll(struct pollfd *fds, nfds_t count, int most_ms)
{
	const struct timespec most = { .tv_sec = most_ms / 1000,
		.tv_nsec = most_ms % 1000 * 1000000L };

	if (interrupted_after == 0)
		return ppoll(fds, count, most_ms < 0 ? NULL : &most, NULL);
	asked_for = most_ms;
	if (fake_now > 0)
		return 0;
	fake_now += interrupted_after;
	errno = EINTR;
	return -1;
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	if (interrupted_after == 0)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){ .tv_nsec = fake_now * 1000000L };
	return 0;
}

static void
what_is_left_is_waited_for_after_a_signal(void **state)
{
	(void)state;
	interrupted_after = 40;
	assert_int_equal(patience_wait(ends[0], POLLIN, 50), 0);
	interrupted_after = 0;
	assert_int_equal(asked_for, 10);
}

/* ---- signals --------------------------------------------------------------------- */

/* There is something to read after so many. */
static void
count_alarm(int number)
{
	int kept = errno;

	(void)number;
	if (++alarms == ALARMS)
		(void)!write(ends[1], "!", 1);
	errno = kept;
}

static int
set_up(void **state)
{
	const struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
	const struct sigaction catches = { .sa_handler = count_alarm };

	(void)state;
	alarms = 0;
	return pipe2(ends, O_CLOEXEC) < 0 || sigaction(SIGALRM, &catches, NULL) < 0 ||
	       setitimer(ITIMER_REAL, &timer, NULL) < 0;
}

static int
tear_down(void **state)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	(void)state;
	(void)setitimer(ITIMER_REAL, &never, NULL);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	return 0;
}

static void
signals_do_not_end_a_wait(void **state)
{
	(void)state;
	assert_int_equal(patience_wait(ends[0], POLLIN, 60000), POLLIN);
	assert_true(alarms >= ALARMS);
}

static void
signals_do_not_make_it_longer(void **state)
{
	(void)state;
	assert_int_equal(patience_wait(ends[1], POLLIN, 50), 0);
	patience_pause(50);
}

static void
what_nobody_asked_for_is_told_as_well(void **state)
{
	(void)state;
	close_fd(&ends[1]);
	assert_int_equal(patience_wait(ends[0], 0, 60000), POLLHUP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_is_waited_for_after_a_signal),
		TEST(signals_do_not_end_a_wait),
		TEST(signals_do_not_make_it_longer),
		TEST(what_nobody_asked_for_is_told_as_well),
	};

	return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
