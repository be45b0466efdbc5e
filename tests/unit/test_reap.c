/*
 * How a child ended: by itself, by a signal, and what is known of it when somebody else
 * took its status.
 */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "hosted.h"
#include "reap.h"

struct kid {
	pid_t pid;
	int pidfd;
	int leash; /* closing it lets the kid go on */
};

/* A kid that, once let go, exits with `status`, or kills itself if that is negative. */
static struct kid
kid_new(int status)
{
	struct kid kid;
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	kid.pid = fork();
	assert_true(kid.pid >= 0);
	if (kid.pid == 0) {
		(void)close(fds[1]);
		(void)!read(fds[0], &byte, 1);
		if (status < 0)
			(void)kill(getpid(), -status);
		_exit(status);
	}
	(void)close(fds[0]);
	kid.leash = fds[1];
	kid.pidfd = (int)syscall(SYS_pidfd_open, kid.pid, 0);
	assert_true(kid.pidfd >= 0);
	return kid;
}

static void
kid_end(struct kid *kid)
{
	struct pollfd process = { .fd = kid->pidfd, .events = POLLIN };

	close_fd(&kid->leash);
	assert_int_equal(poll(&process, 1, -1), 1);
}

static struct ending
kid_collect(struct kid *kid)
{
	struct ending ending;

	assert_true(reap_collect(kid->pidfd, &ending));
	close_fd(&kid->pidfd);
	return ending;
}

static void
a_child_that_lives_is_left_alone(void **state)
{
	struct kid kid = kid_new(0);
	struct ending ending = { .kind = ENDING_UNSTARTED };
	int status = 4711;

	(void)state;
	assert_false(reap_collect(kid.pidfd, &ending));
	assert_int_equal(ending.kind, ENDING_UNSTARTED);
	assert_int_equal(reap_peek_any(), 0);
	assert_false(reap_orphan(kid.pid, &status));
	assert_int_equal(status, 4711);
	kid_end(&kid);
	(void)kid_collect(&kid);
}

static void
an_exit_status_is_kept(void **state)
{
	static const int rows[] = { 0, 1, 7, 125, 255 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kid kid = kid_new(rows[i]);
		struct ending ending;

		kid_end(&kid);
		ending = kid_collect(&kid);
		assert_int_equal(ending.kind, ENDING_EXITED);
		assert_int_equal(ending.status, rows[i]);
		assert_false(ending.dumped_core);
	}
}

static void
a_signal_is_kept(void **state)
{
	static const int rows[] = { SIGTERM, SIGKILL, SIGPIPE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kid kid = kid_new(-rows[i]);
		struct ending ending;

		kid_end(&kid);
		ending = kid_collect(&kid);
		assert_int_equal(ending.kind, ENDING_KILLED);
		assert_int_equal(ending.status, rows[i]);
	}
}

static void
an_ended_child_has_cost_something(void **state)
{
	struct kid kid = kid_new(0);

	(void)state;
	kid_end(&kid);
	assert_true(kid_collect(&kid).peak_kb > 0);
}

/* The kernel keeps it, or it is nobody's. */
static void
assert_known(const struct ending *ending, enum ending_kind kind, int status)
{
	if (host_keeps_statuses()) {
		assert_int_equal(ending->kind, kind);
		assert_int_equal(ending->status, status);
		assert_int_equal(ending->cpu_usec, REAP_NO_COST);
	} else {
		assert_int_equal(ending->kind, ENDING_UNKNOWN);
		assert_int_equal(ending->status, 0);
	}
}

static void
a_status_that_somebody_else_took_is_the_pidfds(void **state)
{
	struct kid kid = kid_new(7);
	struct ending ending;

	(void)state;
	kid_end(&kid);
	assert_int_equal(waitpid(kid.pid, NULL, 0), kid.pid);
	ending = kid_collect(&kid);
	assert_known(&ending, ENDING_EXITED, 7);
	assert_int_equal(ending.peak_kb, 0);
}

static void
collect_ignored(int flags, void (*handler)(int))
{
	const struct sigaction ignored = { .sa_handler = handler, .sa_flags = flags };
	struct sigaction before;
	struct ending ending;
	struct kid kid;

	assert_int_equal(sigaction(SIGCHLD, &ignored, &before), 0);
	for (int i = 0; i < 100; i++) {
		kid = kid_new(i % 2 == 0 ? 7 : -SIGTERM);
		assert_false(reap_collect(kid.pidfd, &ending));
		kid_end(&kid);
		ending = kid_collect(&kid);
		assert_known(&ending, i % 2 == 0 ? ENDING_EXITED : ENDING_KILLED,
		    i % 2 == 0 ? 7 : SIGTERM);
	}
	assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
}

static void
where_the_host_ignores_its_children_the_pidfd_has_it(void **state)
{
	(void)state;
	collect_ignored(0, SIG_IGN);
	collect_ignored(SA_NOCLDWAIT, SIG_DFL);
}

static void
a_child_is_reaped_by_its_own_descriptor_only(void **state)
{
	struct kid one = kid_new(1), other = kid_new(2);

	(void)state;
	kid_end(&other); /* first, for it holds the leash of the one as well */
	kid_end(&one);
	assert_int_equal(kid_collect(&other).status, 2);
	assert_int_equal(kid_collect(&one).status, 1);
}

static void
looking_takes_nothing_away(void **state)
{
	struct kid kid = kid_new(3);
	int status = -1;

	(void)state;
	kid_end(&kid);
	assert_int_equal(reap_peek_any(), kid.pid);
	assert_int_equal(reap_peek_any(), kid.pid);
	assert_true(reap_orphan(kid.pid, &status));
	assert_int_equal(status, 3);
	assert_int_equal(reap_peek_any(), 0);
	assert_false(reap_orphan(kid.pid, &status));
	assert_false(reap_orphan(getppid(), &status));
	close_fd(&kid.pidfd);
}

static void
every_ending_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(reap_kind_name(ENDING_UNKNOWN), "unknown");
	assert_string_equal(reap_kind_name(ENDING_EXITED), "exited");
	assert_string_equal(reap_kind_name(ENDING_KILLED), "killed");
	assert_string_equal(reap_kind_name(ENDING_STAGE), "stage");
	assert_string_equal(reap_kind_name(ENDING_UNSTARTED), "unstarted");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_that_lives_is_left_alone),
		cmocka_unit_test(an_exit_status_is_kept),
		cmocka_unit_test(a_signal_is_kept),
		cmocka_unit_test(an_ended_child_has_cost_something),
		cmocka_unit_test(a_status_that_somebody_else_took_is_the_pidfds),
		cmocka_unit_test(where_the_host_ignores_its_children_the_pidfd_has_it),
		cmocka_unit_test(a_child_is_reaped_by_its_own_descriptor_only),
		cmocka_unit_test(looking_takes_nothing_away),
		cmocka_unit_test(every_ending_has_a_name),
	};

	return cmocka_run_group_tests_name("reap", tests, NULL, NULL);
}
