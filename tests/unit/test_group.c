/*
 * Signals to groups: they meet whoever is left of one, and never a newcomer that has its
 * number, on kernels with and without signals to groups by pidfd.
 */
#include "unit.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "group.h"

#define GROUP_FLAG 4U

static bool is_old; /* a kernel before Linux 6.9 */

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long
__wrap_syscall(long number, ...)
{
	va_list rest;
	long a[6];

	va_start(rest, number);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(rest, long);
	va_end(rest);
	if (is_old && number == SYS_pidfd_send_signal && a[3] == GROUP_FLAG) {
		errno = EINVAL;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

struct leader {
	pid_t pid;
	int pidfd;
	int leash; /* end of input: it ends */
	int lives; /* of everybody in its group; readable: all are gone */
};

/* Leads a group, and leaves `followers` in it behind that only a signal ends. */
static struct leader
leader_new(int followers)
{
	struct leader leader;
	int leash[2], lives[2];
	char byte;

	assert_int_equal(pipe(leash), 0);
	assert_int_equal(pipe(lives), 0);
	leader.pid = fork();
	assert_true(leader.pid >= 0);
	if (leader.pid == 0) {
		(void)close(leash[1]);
		(void)close(lives[0]);
		(void)setsid();
		for (int i = 0; i < followers; i++)
			if (fork() == 0)
				for (;;)
					(void)pause();
		(void)!write(lives[1], "", 1);
		(void)!read(leash[0], &byte, 1);
		_exit(0);
	}
	(void)close(leash[0]);
	(void)close(lives[1]);
	leader.leash = leash[1];
	leader.lives = lives[0];
	leader.pidfd = (int)syscall(SYS_pidfd_open, leader.pid, 0);
	assert_true(leader.pidfd >= 0);
	assert_int_equal(read(leader.lives, &byte, 1), 1);
	return leader;
}

/* Its status is taken by its number, as a host does it. */
static void
leader_end(struct leader *leader)
{
	close_fd(&leader->leash);
	assert_int_equal(waitpid(leader->pid, NULL, 0), leader->pid);
}

static void
leader_done(struct leader *leader)
{
	char byte;

	assert_int_equal(read(leader->lives, &byte, 1), 0);
	close_fd(&leader->lives);
	close_fd(&leader->pidfd);
}

/* A process with that number, which makes a group of its own; or 0. */
static pid_t
newcomer_new(pid_t number)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&number,
		.set_tid_size = 1 };
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		for (;;)
			(void)pause();
	if (pid < 0)
		return 0;
	assert_int_equal(setpgid(pid, pid), 0);
	return pid;
}

static void
those_who_are_left_are_met(void)
{
	struct leader leader = leader_new(2);

	assert_int_equal(group_signal(leader.pid, leader.pidfd, 0), 0);
	leader_end(&leader);
	assert_int_equal(group_signal(leader.pid, leader.pidfd, 0), 0);
	assert_int_equal(group_signal(leader.pid, leader.pidfd, SIGKILL), 0);
	leader_done(&leader);
}

static void
whoever_is_left_of_a_group_is_met_after_its_leader_was_reaped(void **state)
{
	(void)state;
	is_old = false;
	those_who_are_left_are_met();
}

static void
on_an_old_kernel_they_are_met_by_number(void **state)
{
	(void)state;
	is_old = true;
	those_who_are_left_are_met();
}

/* As it was handed over by an older program. */
static void
without_a_pidfd_they_are_met_by_number(void **state)
{
	struct leader leader = leader_new(1);

	(void)state;
	is_old = false;
	leader_end(&leader);
	assert_int_equal(group_signal(leader.pid, -1, SIGKILL), 0);
	leader_done(&leader);
}

static void
a_newcomer_is_not_met(void)
{
	struct leader leader = leader_new(0);
	pid_t newcomer;
	int status;

	leader_end(&leader);
	newcomer = newcomer_new(leader.pid);
	if (newcomer == 0) {
		leader_done(&leader);
		skip(); /* it needs CAP_CHECKPOINT_RESTORE */
	}
	assert_int_equal(group_signal(leader.pid, leader.pidfd, SIGKILL), -ESRCH);
	assert_int_equal(group_signal_leader(leader.pidfd, SIGKILL), -ESRCH);
	close_fd(&leader.pidfd);
	assert_int_equal(group_signal(leader.pid, -1, SIGKILL), -ESRCH);
	assert_int_equal(waitpid(newcomer, &status, WNOHANG), 0);
	assert_int_equal(kill(newcomer, SIGTERM), 0);
	assert_int_equal(waitpid(newcomer, &status, 0), newcomer);
	assert_int_equal(WTERMSIG(status), SIGTERM);
	leader_done(&leader);
}

static void
a_newcomer_with_the_number_of_a_leader_is_not_met(void **state)
{
	(void)state;
	is_old = false;
	a_newcomer_is_not_met();
}

static void
on_an_old_kernel_it_is_not_met_either(void **state)
{
	(void)state;
	is_old = true;
	a_newcomer_is_not_met();
}

static void
nobody_is_met_by_the_numbers_that_mean_everybody(void **state)
{
	(void)state;
	is_old = true;
	assert_int_equal(group_signal(0, -1, 0), -ESRCH);
	assert_int_equal(group_signal(1, -1, 0), -ESRCH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    whoever_is_left_of_a_group_is_met_after_its_leader_was_reaped),
		cmocka_unit_test(on_an_old_kernel_they_are_met_by_number),
		cmocka_unit_test(without_a_pidfd_they_are_met_by_number),
		cmocka_unit_test(a_newcomer_with_the_number_of_a_leader_is_not_met),
		cmocka_unit_test(on_an_old_kernel_it_is_not_met_either),
		cmocka_unit_test(nobody_is_met_by_the_numbers_that_mean_everybody),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
