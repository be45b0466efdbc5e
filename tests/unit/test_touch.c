/*
 * What system calls mean to the tracer: src/warm/touch.h.
 */
#include "touch.h"

#include "unit.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <asm/ioctls.h>
#include <sys/prctl.h>

static const struct row {
	uint64_t number;
	uint64_t args[4];
	enum touch_kind kind;
	int fds[2];
} rows[] = {
	{ __NR_read, { 7, 8, 9 }, TOUCH_FDS, { 7, -1 } },
	{ __NR_read, { 0xffffffff00000007 }, TOUCH_FDS, { 7, -1 } },
	{ __NR_read, { -1ULL }, TOUCH_FDS, { -1, -1 } },
	{ __NR_writev, { 1 }, TOUCH_FDS, { 1, -1 } },
	{ __NR_preadv2, { 1 }, TOUCH_FDS, { 1, -1 } },
	{ __NR_recvmmsg, { 5 }, TOUCH_FDS, { 5, -1 } },
	{ __NR_getpeername, { 0 }, TOUCH_FDS, { 0, -1 } },
	{ __NR_shutdown, { 3 }, TOUCH_FDS, { 3, -1 } },
	{ __NR_sendfile, { 1, 4 }, TOUCH_FDS, { 1, 4 } },
	{ __NR_splice, { 3, 99, 4, 98 }, TOUCH_FDS, { 3, 4 } },
	{ __NR_copy_file_range, { 3, 99, 4, 98 }, TOUCH_FDS, { 3, 4 } },
	{ __NR_tee, { 3, 4, 99 }, TOUCH_FDS, { 3, 4 } },
	{ __NR_epoll_ctl, { 3, 1, 4 }, TOUCH_FDS, { 4, -1 } },

	{ __NR_fcntl, { 1, F_SETFL }, TOUCH_FDS, { 1, -1 } },
	{ __NR_fcntl, { 1, F_GETOWN }, TOUCH_FDS, { 1, -1 } },
	{ __NR_fcntl, { 1, F_GETFL }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_fcntl, { 1, F_GETFD }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_fcntl, { 1, F_SETFD }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_fcntl, { 1, F_DUPFD }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_fcntl, { 1, F_DUPFD_CLOEXEC }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_ioctl, { 1, FIONREAD }, TOUCH_FDS, { 1, -1 } },
	{ __NR_ioctl, { 1, FIONBIO }, TOUCH_FDS, { 1, -1 } },
	{ __NR_ioctl, { 1, TCGETS }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_ioctl, { 1, 0x802c542a }, TOUCH_NOTHING, { -1, -1 } }, /* TCGETS2 */
	{ __NR_ioctl, { 1, TIOCGWINSZ }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_ioctl, { 1, TIOCGPGRP }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_ioctl, { 1, FIOCLEX }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_ioctl, { 1, FIONCLEX }, TOUCH_NOTHING, { -1, -1 } },

	{ __NR_io_uring_setup, { 1 }, TOUCH_RING, { -1, -1 } },
	{ __NR_seccomp, { SECCOMP_SET_MODE_STRICT }, TOUCH_FILTER, { -1, -1 } },
	{ __NR_seccomp, { SECCOMP_SET_MODE_FILTER }, TOUCH_FILTER, { -1, -1 } },
	{ __NR_seccomp, { SECCOMP_GET_ACTION_AVAIL }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_prctl, { PR_SET_SECCOMP }, TOUCH_FILTER, { -1, -1 } },
	{ __NR_prctl, { PR_SET_NAME }, TOUCH_NOTHING, { -1, -1 } },

	{ __NR_close, { 1 }, TOUCH_CLOSE, { 1, -1 } },
	{ __NR_close_range, { 3, 9, 0 }, TOUCH_CLOSE, { -1, -1 } },
	{ __NR_close_range, { 3, 9, CLOSE_RANGE_CLOEXEC }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_dup3, { 5, 1, 0 }, TOUCH_CLOSE, { 1, -1 } },
#ifdef __NR_dup2
	{ __NR_dup2, { 5, 1 }, TOUCH_CLOSE, { 1, -1 } },
	{ __NR_dup2, { 5, 5 }, TOUCH_NOTHING, { -1, -1 } },
#endif
	{ __NR_dup, { 1 }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_execve, { 1 }, TOUCH_EXEC, { -1, -1 } },
	{ __NR_execveat, { 1 }, TOUCH_EXEC, { -1, -1 } },

	{ __NR_setitimer, { 0, 4096 }, TOUCH_TIMER, { -1, -1 } },
	{ __NR_setitimer, { 0, 0, 4096 }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_timer_create, { 0 }, TOUCH_TIMER, { -1, -1 } },
#ifdef __NR_alarm
	{ __NR_alarm, { 10 }, TOUCH_TIMER, { -1, -1 } },
	{ __NR_alarm, { 0 }, TOUCH_NOTHING, { -1, -1 } },
#endif

	{ __NR_fstat, { 0 }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_lseek, { 0 }, TOUCH_NOTHING, { -1, -1 } },
	{ __NR_mmap, { 0 }, TOUCH_NOTHING, { -1, -1 } },
	{ 65535, { 0 }, TOUCH_NOTHING, { -1, -1 } },
	{ (1ULL << 16) + __NR_read, { 0 }, TOUCH_NOTHING, { -1, -1 } },
	{ -1ULL, { 0 }, TOUCH_NOTHING, { -1, -1 } },
};

static struct touch
look(uint64_t number, const uint64_t args[4])
{
	struct touch_call call = { .number = number };
	struct touch touch;

	for (int i = 0; i < 4; i++)
		call.args[i] = args[i];
	touch_look(&call, &touch);
	return touch;
}

static void
a_call_is_known_by_its_number_and_its_arguments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct touch touch = look(rows[i].number, rows[i].args);

		if (touch.kind != rows[i].kind || touch.fds[0] != rows[i].fds[0] ||
		    touch.fds[1] != rows[i].fds[1])
			fail_msg("row %zu: kind %d, fds %d %d", i, (int)touch.kind,
			    touch.fds[0], touch.fds[1]);
	}
}

/* None may be missing: a program would block there, and never be ready. */
static void
each_call_that_uses_one_descriptor_is_known(void **state)
{
	static const uint64_t numbers[] = { __NR_read, __NR_write, __NR_readv,
		__NR_writev, __NR_pread64, __NR_pwrite64, __NR_preadv, __NR_pwritev,
		__NR_preadv2, __NR_pwritev2, __NR_recvfrom, __NR_recvmsg, __NR_recvmmsg,
		__NR_sendto, __NR_sendmsg, __NR_sendmmsg, __NR_getpeername,
		__NR_getsockname, __NR_getsockopt, __NR_setsockopt, __NR_shutdown,
		__NR_accept, __NR_accept4, __NR_connect, __NR_bind, __NR_listen,
		__NR_vmsplice };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct touch touch = look(numbers[i], (uint64_t[4]){ 7, 8, 9, 10 });

		if (touch.kind != TOUCH_FDS || touch.fds[0] != 7 || touch.fds[1] != -1)
			fail_msg("call %d: kind %d, fds %d %d", (int)numbers[i],
			    (int)touch.kind, touch.fds[0], touch.fds[1]);
	}
}

static void
a_call_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(look(__NR_read, (uint64_t[4]){ 0 }).name, "read");
	assert_string_equal(
	    look(__NR_io_uring_setup, (uint64_t[4]){ 0 }).name, "io_uring_setup");
}

static void
a_poll_says_where_its_descriptors_are(void **state)
{
	static const uint64_t numbers[] = {
		__NR_ppoll,
#ifdef __NR_poll
		__NR_poll,
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct touch touch = look(numbers[i], (uint64_t[4]){ 4096, 3 });

		assert_int_equal(touch.kind, TOUCH_POLL);
		assert_int_equal(touch.at[0], 4096);
		assert_int_equal(touch.count, 3);
	}
}

static void
a_select_says_where_its_sets_are(void **state)
{
	static const uint64_t numbers[] = {
		__NR_pselect6,
#ifdef __NR_select
		__NR_select,
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct touch touch = look(numbers[i], (uint64_t[4]){ 9, 64, 0, 128 });

		assert_int_equal(touch.kind, TOUCH_SELECT);
		assert_int_equal(touch.count, 9);
		assert_int_equal(touch.at[0], 64);
		assert_int_equal(touch.at[1], 0);
		assert_int_equal(touch.at[2], 128);
	}
	assert_int_equal(look(__NR_pselect6, (uint64_t[4]){ -1ULL, 64 }).count, 0);
}

static void
only_what_is_polled_for_something_is_asked_about(void **state)
{
	const struct pollfd polls[] = {
		{ .fd = 3, .events = 0 },
		{ .fd = 4, .events = POLLIN },
		{ .fd = -5, .events = POLLIN },
		{ .fd = 0, .events = POLLOUT },
	};
	uint32_t at = 0;

	(void)state;
	assert_int_equal(touch_polled(polls, 4, &at), 4);
	assert_int_equal(touch_polled(polls, 4, &at), 0);
	assert_int_equal(touch_polled(polls, 4, &at), -1);
	assert_int_equal(touch_polled(polls, 4, &at), -1);
}

static void
a_set_is_read_up_to_its_end(void **state)
{
	const uint8_t set[] = { 0x81, 0x00, 0x03 };
	uint32_t at = 0;

	(void)state;
	assert_int_equal(touch_selected(set, 17, &at), 0);
	assert_int_equal(touch_selected(set, 17, &at), 7);
	assert_int_equal(touch_selected(set, 17, &at), 16);
	assert_int_equal(touch_selected(set, 17, &at), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_known_by_its_number_and_its_arguments),
		cmocka_unit_test(each_call_that_uses_one_descriptor_is_known),
		cmocka_unit_test(a_call_has_its_name),
		cmocka_unit_test(a_poll_says_where_its_descriptors_are),
		cmocka_unit_test(a_select_says_where_its_sets_are),
		cmocka_unit_test(only_what_is_polled_for_something_is_asked_about),
		cmocka_unit_test(a_set_is_read_up_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
