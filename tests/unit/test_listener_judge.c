/*
 * What an errno of accept(2) asks for: every one of the manual, and what is in none.
 */
#include "unit.h"

#include <errno.h>

#include "listener.h"

static void
an_empty_queue_ends_the_turn(void **state)
{
	(void)state;
	assert_int_equal(listener_judge(EAGAIN), ACCEPT_DONE);
	assert_int_equal(listener_judge(EWOULDBLOCK), ACCEPT_DONE);
}

static void
an_error_of_one_client_is_no_error_of_the_listener(void **state)
{
	static const int errors[] = {
		EINTR,
		ECONNABORTED,
		EPROTO,
		EPERM, /* a firewall rule */
		ENETDOWN,
		ENOPROTOOPT,
		EHOSTDOWN,
		ENONET,
		EHOSTUNREACH,
		EOPNOTSUPP,
		ENETUNREACH,
		ETIMEDOUT,
		ECONNRESET,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_row(
		    listener_judge(errors[i]) == ACCEPT_NEXT, strerrorname_np(errors[i]));
}

static void
a_lack_of_something_asks_for_a_pause(void **state)
{
	static const int errors[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_row(listener_judge(errors[i]) == ACCEPT_PAUSE,
		    strerrorname_np(errors[i]));
}

static void
what_cannot_be_does_not_spin(void **state)
{
	static const int errors[] = { EBADF, EFAULT, EINVAL, ENOTSOCK, ENOSYS, EACCES,
		EIO, 0, -1, 4096 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_int_equal(listener_judge(errors[i]), ACCEPT_PAUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_queue_ends_the_turn),
		cmocka_unit_test(an_error_of_one_client_is_no_error_of_the_listener),
		cmocka_unit_test(a_lack_of_something_asks_for_a_pause),
		cmocka_unit_test(what_cannot_be_does_not_spin),
	};

	return cmocka_run_group_tests_name("listener_judge", tests, NULL, NULL);
}
