/*
 * A program that is held waits for its connection untraced, and then goes on as if
 * nothing had been.
 */
#include "held.h"
#include "parked_asm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GET_MDWE 66

static void
the_interrupted_call_is_made_on_the_connection(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "echo", NULL);
	assert_int_equal(held.report.aliases, 2);
	held_goes_on(&held, "x", 7);
}

static void
it_ends_with_whoever_could_give_a_connection(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "echo", NULL);
	assert_int_equal(held_end(&held), 0);
}

static void
every_register_is_as_it_was(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "registers", NULL);
	held_goes_on(&held, "0 differ, usr1 0", 0);
}

static void
also_after_a_signal_that_comes_before_the_last_of_them(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "registers", NULL);
	assert_int_equal(kill(held.pid, SIGUSR1), 0);
	held_goes_on(&held, "0 differ, usr1 1", 0);
}

static void
the_alternate_signal_stack_stays(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "handler", NULL);
	held_goes_on(&held, "on it, same, back", 0);
}

static void
a_connection_may_have_moved(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "moved", NULL);
	assert_int_equal(held.report.aliases, 2);
	held_goes_on(&held, "x!", 0);
}

/* PR_SET_MDWE, which comes with Linux 6.3. */
static void
no_page_is_made_executable(void **state)
{
	struct held held;

	(void)state;
	if (prctl(GET_MDWE, 0, 0, 0, 0) < 0)
		skip();
	held_begin(&held, "strict", NULL);
	held_goes_on(&held, "x", 7);
}

/* With room for seven bytes and the NUL; what is longer is cut. */
static void
slot_gets(const char *text, const char *found)
{
	struct held held;
	int ends[2], before = dup(STDERR_FILENO);

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(setenv("PARKED_SLOT", "1234567", 1), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	held_start(&held, NULL, "environment", NULL);
	(void)dup2(before, STDERR_FILENO);
	(void)close(before);
	assert_int_equal(read(ends[0], &held.slot.address, sizeof(held.slot.address)),
	    sizeof(held.slot.address));
	held.slot.size = 8;
	assert_int_equal(held_park(&held, true), HOLD_HELD);
	assert_int_equal(held.report.slots, 1);
	held_give(&held, text);
	held_ask(&held);
	assert_string_equal(held_says(&held), found);
	assert_int_equal(held_end(&held), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void
variables_are_written_with_the_connection(void **state)
{
	(void)state;
	slot_gets("192.0.2", "192.0.2");
	slot_gets("", "");
	slot_gets("2001:db8::1", "2001:db");
	slot_gets(NULL, "1234567");
}

static void
every_thread_goes_on_where_it_was(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "threads", NULL);
	assert_int_equal(held.thread_count, 7);
	held_goes_on(&held, "0 failures", 0);
}

static void
a_signal_that_came_while_it_waited_is_delivered_after(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "signals", NULL);
	assert_int_equal(kill(held.pid, SIGUSR1), 0);
	assert_int_equal(kill(held.pid, SIGUSR2), 0);
	held_goes_on(&held, "usr1 1, usr2 blocked, term open", 0);
}

static void
it_may_be_stopped_and_continued_while_it_waits(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "echo", NULL);
	assert_int_equal(kill(held.pid, SIGSTOP), 0);
	(void)usleep(20000);
	assert_int_equal(kill(held.pid, SIGCONT), 0);
	(void)usleep(20000);
	held_goes_on(&held, "x", 7);
}

/* As the kernel would have done. */
static void
a_restartable_sequence_is_aborted(void **state)
{
	struct held held;

	(void)state;
	held_begin(&held, "sequence", NULL);
	held_goes_on(&held, "known", 0);
}

static void
a_stop_that_comes_meanwhile_is_not_lost(void **state)
{
	struct held held;
	int status = 0;

	(void)state;
	held_start(&held, NULL, "echo", NULL);
	assert_int_equal(kill(held.pid, SIGSTOP), 0);
	assert_int_equal(held_park(&held, true), HOLD_HELD);
	assert_int_equal(waitpid(held.pid, &status, WUNTRACED), held.pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(held.pid, SIGCONT), 0);
	held_goes_on(&held, "x", 7);
}

/* Nor is another that would end it, or that it ignores. */
static void
a_signal_that_comes_meanwhile_does_what_it_would(void **state)
{
	struct held held;
	siginfo_t info;

	(void)state;
	held_start(&held, NULL, "echo", NULL);
	assert_int_equal(kill(held.pid, SIGWINCH), 0);
	assert_int_equal(held_park(&held, true), HOLD_HELD);
	held_goes_on(&held, "x", 7);
	held_start(&held, NULL, "echo", NULL);
	assert_int_equal(kill(held.pid, SIGTERM), 0);
	assert_int_equal(held_park(&held, true), HOLD_HELD);
	assert_int_equal(waitid(P_PID, (id_t)held.pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(held_end(&held), -SIGTERM);
}

static void
who_has_no_room_for_a_connection_says_so(void **state)
{
	struct warm_answer answer = { 0 };
	struct held held;

	(void)state;
	held_begin(&held, "poor", NULL);
	held_give(&held, NULL);
	assert_int_equal(recv(held.ctl, &answer, sizeof(answer), 0), sizeof(answer));
	assert_int_equal(answer.kind, WARM_FAILED);
	assert_int_equal(answer.value, -EMFILE);
	assert_int_equal(held_end(&held), 126);
}

#if defined(__aarch64__)
/* The 128-bit registers are all that can be put back. */
static void
scalable_vectors_in_use_are_in_the_way(void **state)
{
	struct held held;

	(void)state;
	if (parked_scale() == 0)
		skip();
	held_start(&held, NULL, "scalable", NULL);
	assert_int_equal(held_park(&held, false), HOLD_FOREIGN);
	assert_string_equal(held.report.detail, "it computes with scalable vectors");
	(void)kill(held.pid, SIGKILL);
	assert_int_equal(held_end(&held), -SIGKILL);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interrupted_call_is_made_on_the_connection),
		cmocka_unit_test(it_ends_with_whoever_could_give_a_connection),
		cmocka_unit_test(every_register_is_as_it_was),
		cmocka_unit_test(also_after_a_signal_that_comes_before_the_last_of_them),
		cmocka_unit_test(the_alternate_signal_stack_stays),
		cmocka_unit_test(a_connection_may_have_moved),
		cmocka_unit_test(no_page_is_made_executable),
		cmocka_unit_test(variables_are_written_with_the_connection),
		cmocka_unit_test(every_thread_goes_on_where_it_was),
		cmocka_unit_test(a_signal_that_came_while_it_waited_is_delivered_after),
		cmocka_unit_test(a_restartable_sequence_is_aborted),
#if defined(__aarch64__)
		cmocka_unit_test(scalable_vectors_in_use_are_in_the_way),
#endif
		cmocka_unit_test(a_stop_that_comes_meanwhile_is_not_lost),
		cmocka_unit_test(a_signal_that_comes_meanwhile_does_what_it_would),
		cmocka_unit_test(who_has_no_room_for_a_connection_says_so),
		cmocka_unit_test(it_may_be_stopped_and_continued_while_it_waits),
	};

	return cmocka_run_group_tests_name("park", tests, NULL, NULL);
}
