/*
 * What a broken promise leaves behind: its place on stderr, and SIGABRT.
 */
#include "unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base.h"

static void
die_of_a_bug(int stderr_fd)
{
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	(void)dup2(stderr_fd, STDERR_FILENO);
	(void)sigaction(SIGABRT, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	bug_at("somewhere.c", 4711, "live > max");
}

static void
a_bug_says_where_it_is_and_aborts(void **state)
{
	char said[128] = "";
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		die_of_a_bug(fds[1]);
	(void)close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(read(fds[0], said, sizeof(said) - 1) > 0);
	(void)close(fds[0]);
	assert_string_equal(said, "bug at somewhere.c:4711: live > max\n");
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bug_says_where_it_is_and_aborts),
	};

	return cmocka_run_group_tests_name("bug", tests, NULL, NULL);
}
