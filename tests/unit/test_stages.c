/*
 * The steps of a child that need no rights: each in a process of its own, its effect as
 * the kernel tells it.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "apart.h"
#include "facts.h"
#include "stages.h"

static const struct plan empty_plan = { .image_fd = -1 };
static struct report report;
static const struct birth birth = { .report = &report };

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static bool
is_same_file(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

enum { CLIENT = 10, ERROR, IMAGE, LOW_END };

/* A table with a client, an error output and an image, and others below and above. */
static int
crowd(void)
{
	int pipes[2], pair[2];

	if (pipe(pipes) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -1;
	if (dup2(pair[0], CLIENT) < 0 || dup2(pipes[1], ERROR) < 0)
		return -1;
	for (int fd = IMAGE; fd < 100; fd++)
		if (dup2(pipes[0], fd) < 0)
			return -1;
	return dup2(pair[0], 200) < 0 || dup2(pipes[1], 201) < 0 ? -1 : 0;
}

static int
keep_three_descriptors(void)
{
	const struct birth crowded = {
		.client_fd = CLIENT, .error_fd = ERROR, .low_end = LOW_END
	};

	want(crowd() == 0);
	want(stage_descriptors(&empty_plan, &crowded) == 0);
	for (int fd = 3; fd < 256; fd++)
		if (is_open(fd))
			return fd;
	return !is_open(0) || !is_open(1) || !is_open(2) || !is_same_file(0, 1) ||
	       is_same_file(1, 2);
}

static int
keep_the_image(void)
{
	const struct birth crowded = {
		.client_fd = CLIENT, .error_fd = ERROR, .low_end = LOW_END
	};
	const struct plan plan = { .image_fd = IMAGE };

	want(crowd() == 0);
	want(stage_descriptors(&plan, &crowded) == 0);
	for (int fd = 3; fd < 256; fd++)
		if (is_open(fd) != (fd == IMAGE))
			return fd;
	return 0;
}

static int
connect_the_right_ones(void)
{
	const struct birth crowded = {
		.client_fd = CLIENT, .error_fd = ERROR, .low_end = LOW_END
	};
	struct stat client, error, now;

	want(crowd() == 0);
	want(fstat(CLIENT, &client) == 0 && fstat(ERROR, &error) == 0);
	want(stage_descriptors(&empty_plan, &crowded) == 0);
	want(fstat(0, &now) == 0 && now.st_ino == client.st_ino);
	want(fstat(1, &now) == 0 && now.st_ino == client.st_ino);
	want(fstat(2, &now) == 0 && now.st_ino == error.st_ino);
	return 0;
}

static void
only_the_client_and_the_error_output_stay_open(void **state)
{
	(void)state;
	assert_int_equal(apart(keep_three_descriptors), 0);
	assert_int_equal(apart(keep_the_image), 0);
	assert_int_equal(apart(connect_the_right_ones), 0);
}

static int
have_no_client(void)
{
	const struct birth wrong = { .client_fd = 250, .error_fd = 2, .low_end = 251 };

	want(stage_descriptors(&empty_plan, &wrong) == -EBADF);
	return 0;
}

static int
have_no_error_output(void)
{
	const struct birth wrong = { .client_fd = 2, .error_fd = 250, .low_end = 251 };

	want(stage_descriptors(&empty_plan, &wrong) == -EBADF);
	return 0;
}

static void
a_descriptor_that_is_missing_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(apart(have_no_client), 0);
	assert_int_equal(apart(have_no_error_output), 0);
}

static void
do_nothing(int number)
{
	(void)number;
}

/* Catches, ignores and blocks something. */
static int
disturb_signals(void)
{
	const struct sigaction catches = { .sa_handler = do_nothing };
	const struct sigaction ignores = { .sa_handler = SIG_IGN };
	sigset_t all;

	(void)sigfillset(&all);
	return sigaction(SIGUSR1, &catches, NULL) < 0 ||
	       sigaction(SIGRTMAX, &catches, NULL) < 0 ||
	       sigaction(SIGHUP, &ignores, NULL) < 0 ||
	       sigaction(SIGPIPE, &ignores, NULL) < 0 ||
	       sigprocmask(SIG_SETMASK, &all, NULL) < 0;
}

static int
reset_all_signals(void)
{
	const struct birth handlers = { .has_handlers = true };

	want(disturb_signals() == 0);
	want(stage_signals(&empty_plan, &handlers) == 0);
	want(facts_own("SigCgt", 16) == 0);
	want(facts_own("SigIgn", 16) == 0);
	want(facts_own("SigBlk", 16) == 0);
	return 0;
}

static int
reset_what_the_plan_names_and_what_is_usual(void)
{
	const struct birth handlers = { .has_handlers = true };
	const struct sigaction ignores = { .sa_handler = SIG_IGN };
	const struct plan plan = { .ignored_signals = 1 << (SIGURG - 1) };

	/* Whoever started the tests may ignore some already: a shell INT and QUIT of what
	 * runs in the background, make 32 and 33. */
	want(stage_signals(&empty_plan, &handlers) == 0);
	want(disturb_signals() == 0);
	want(sigaction(SIGURG, &ignores, NULL) == 0);
	want(sigaction(SIGIO, &ignores, NULL) == 0);
	want(stage_signals(&plan, &birth) == 0);
	want(facts_own("SigIgn", 16) == 1 << (SIGIO - 1));
	want(facts_own("SigBlk", 16) == 0);
	return 0;
}

static void
a_program_meets_signals_as_if_just_logged_in(void **state)
{
	(void)state;
	assert_int_equal(apart(reset_all_signals), 0);
	assert_int_equal(apart(reset_what_the_plan_names_and_what_is_usual), 0);
}

static int
lead_a_session(void)
{
	want(stage_session(&empty_plan, &birth) == 0);
	want(getsid(0) == getpid());
	want(getpgrp() == getpid());
	want(open("/dev/tty", O_RDWR) < 0);
	want(stage_session(&empty_plan, &birth) == -EPERM);
	return 0;
}

static void
a_program_leads_a_session_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(apart(lead_a_session), 0);
}

static int
have_limits(void)
{
	const struct plan plan = {
		.limits = {
			{ RLIMIT_NOFILE, { 64, 128 } },
			{ RLIMIT_CORE, { 0, 0 } },
			{ RLIMIT_CPU, { 7, 8 } },
			{ RLIMIT_FSIZE, { 4096, 8192 } },
		},
		.limit_count = 4,
	};
	struct rlimit now, before;

	want(getrlimit(RLIMIT_NOFILE, &before) == 0);
	want(stage_limits(&plan, &birth) == 0);
	want(getrlimit(RLIMIT_NOFILE, &now) == 0);
	want(now.rlim_cur == before.rlim_cur && now.rlim_max == before.rlim_max);
	want(stage_files(&plan, &birth) == 0);
	for (size_t i = 0; i < plan.limit_count; i++) {
		want(prlimit(0, plan.limits[i].resource, NULL, &now) == 0);
		want(now.rlim_cur == plan.limits[i].value.rlim_cur);
		want(now.rlim_max == plan.limits[i].value.rlim_max);
	}
	return 0;
}

static int
have_a_limit_that_cannot_be(void)
{
	const struct plan plan = {
		.limits = { { RLIMIT_CORE, { 2, 1 } } },
		.limit_count = 1,
	};

	want(stage_limits(&plan, &birth) == -EINVAL);
	want(report.detail == RLIMIT_CORE + 1);
	want(stage_files(&plan, &birth) == 0);
	return 0;
}

static void
limits_are_set_soft_and_hard(void **state)
{
	(void)state;
	assert_int_equal(apart(have_limits), 0);
	assert_int_equal(apart(have_a_limit_that_cannot_be), 0);
}

static int
be_nice(void)
{
	const struct plan plan = { .has_nice = true, .nice = 19 };
	const int before = getpriority(PRIO_PROCESS, 0);

	want(stage_priority(&empty_plan, &birth) == 0);
	want(getpriority(PRIO_PROCESS, 0) == before);
	want(stage_priority(&plan, &birth) == 0);
	want(getpriority(PRIO_PROCESS, 0) == 19);
	return 0;
}

static void
priority_changes_only_if_asked_for(void **state)
{
	(void)state;
	assert_int_equal(apart(be_nice), 0);
}

static int
be_somewhere_else(void)
{
	const struct plan plan = { .umask = 0137, .dir = "/proc" };
	char here[64];

	want(stage_directory(&plan, &birth) == 0);
	want(getcwd(here, sizeof(here)) != NULL && strcmp(here, "/proc") == 0);
	want(facts_own("Umask", 8) == 0137);
	return 0;
}

static int
stay(void)
{
	const struct plan plan = { .umask = 027 };
	char before[1024], after[1024];

	want(getcwd(before, sizeof(before)) != NULL);
	want(stage_directory(&plan, &birth) == 0);
	want(getcwd(after, sizeof(after)) != NULL && strcmp(before, after) == 0);
	want(facts_own("Umask", 8) == 027);
	return 0;
}

static int
be_nowhere(void)
{
	want(stage_directory(&(struct plan){ .dir = "/nonexistent" }, &birth) == -ENOENT);
	want(stage_directory(&(struct plan){ .dir = "/dev/null" }, &birth) == -ENOTDIR);
	return 0;
}

static void
directory_and_umask_are_the_plans(void **state)
{
	(void)state;
	assert_int_equal(apart(be_somewhere_else), 0);
	assert_int_equal(apart(stay), 0);
	assert_int_equal(apart(be_nowhere), 0);
}

static char *const sh_exit_7[] = { (char[]){ "sh" }, (char[]){ "-c" },
	(char[]){ "exit $SEVEN" }, NULL };
static char *const seven[] = { (char[]){ "SEVEN=7" }, NULL };
static const struct birth with_seven = { .environment = seven };

static int
run_a_path(void)
{
	const struct plan plan = { .path = "/bin/sh", .argv = sh_exit_7, .image_fd = -1 };

	return -stage_program(&plan, &with_seven);
}

static int
run_an_image(void)
{
	const struct plan plan = {
		.path = "/nonexistent",
		.argv = sh_exit_7,
		.image_fd = open("/bin/sh", O_RDONLY | O_CLOEXEC),
	};

	return -stage_program(&plan, &with_seven);
}

static void
the_program_gets_its_words_and_its_environment(void **state)
{
	(void)state;
	assert_int_equal(apart(run_a_path), 7);
	assert_int_equal(apart(run_an_image), 7);
}

static int
run_nothing(void)
{
	struct plan plan = { .path = "/nonexistent", .argv = sh_exit_7, .image_fd = -1 };

	want(stage_program(&plan, &with_seven) == -ENOENT);
	plan.path = "/proc";
	want(stage_program(&plan, &with_seven) == -EACCES);
	plan.image_fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	want(stage_program(&plan, &with_seven) == -EACCES);
	return 0;
}

static void
a_program_that_cannot_be_run_returns_why(void **state)
{
	(void)state;
	assert_int_equal(apart(run_nothing), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_client_and_the_error_output_stay_open),
		cmocka_unit_test(a_descriptor_that_is_missing_is_an_error),
		cmocka_unit_test(a_program_meets_signals_as_if_just_logged_in),
		cmocka_unit_test(a_program_leads_a_session_of_its_own),
		cmocka_unit_test(limits_are_set_soft_and_hard),
		cmocka_unit_test(priority_changes_only_if_asked_for),
		cmocka_unit_test(directory_and_umask_are_the_plans),
		cmocka_unit_test(the_program_gets_its_words_and_its_environment),
		cmocka_unit_test(a_program_that_cannot_be_run_returns_why),
	};

	return cmocka_run_group_tests_name("stages", tests, NULL, NULL);
}
