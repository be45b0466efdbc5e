/* Making processes: what a program finds, and that the host keeps nothing of it.
 * Everything is run both ways: by clone3 and as where clone3 is missing. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "facts.h"
#include "reap.h"
#include "spawn.h"

/* One start: what a client would hear, and how it ended. */
struct trial {
	struct nursery nursery;
	struct plan plan;
	struct report *report; /* shared memory */
	int peer, client;
	char heard[8192];
};

static char *const environment[] = { (char[]){ "WORD=hello" }, NULL };

static void
trial_init(struct trial *trial, bool without_clone3)
{
	int pair[2];

	*trial = (struct trial){ .plan = { .image_fd = -1, .umask = 022 } };
	assert_int_equal(spawn_init(&trial->nursery), 0);
	trial->nursery.without_clone3 = without_clone3;
	trial->report = mmap(NULL, sizeof(*trial->report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(trial->report != MAP_FAILED);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	trial->peer = pair[0];
	trial->client = pair[1];
}

static void
trial_done(struct trial *trial)
{
	close_fd(&trial->peer);
	close_fd(&trial->client);
	(void)munmap(trial->report, sizeof(*trial->report));
	spawn_done(&trial->nursery);
}

static struct spawn_request
trial_request(struct trial *trial)
{
	return (struct spawn_request){
		.plan = &trial->plan,
		.environment = environment,
		.client_fd = trial->client,
		.error_fd = trial->nursery.null_fd,
		.report = trial->report,
	};
}

/* Waits for the end, then takes in what was said; the client's socket is closed. */
static struct ending
trial_end(struct trial *trial, struct spawned *child)
{
	struct pollfd process = { .fd = child->pidfd, .events = POLLIN };
	struct ending ending;
	size_t used = 0;
	ssize_t n;

	assert_int_equal(poll(&process, 1, -1), 1);
	assert_true(reap_collect(child->pidfd, &ending));
	close_fd(&child->pidfd);
	close_fd(&trial->client);
	while ((n = recv(trial->peer, trial->heard + used,
		    sizeof(trial->heard) - 1 - used, MSG_DONTWAIT)) > 0)
		used += (size_t)n;
	assert_int_equal(n, 0); /* nobody has the client's end any more */
	trial->heard[used] = '\0';
	return ending;
}

static struct ending
trial_run(struct trial *trial, const char *path, char *const argv[])
{
	struct spawn_request request = trial_request(trial);
	struct spawned child = { .pidfd = -1 };

	trial->plan.path = path;
	trial->plan.argv = argv;
	assert_int_equal(spawn_program(&trial->nursery, &request, &child), 0);
	return trial_end(trial, &child);
}

static struct ending
trial_shell(struct trial *trial, const char *script)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, strdup(script), NULL };
	struct ending ending = trial_run(trial, "/bin/sh", argv);

	free(argv[2]);
	return ending;
}

static void
check_status(bool without_clone3)
{
	struct trial trial;
	struct ending ending;

	trial_init(&trial, without_clone3);
	ending = trial_shell(&trial, "echo $WORD; exit 7");
	assert_int_equal(ending.kind, ENDING_EXITED);
	assert_int_equal(ending.status, 7);
	assert_int_equal(trial.report->stage, STAGE_NONE);
	assert_string_equal(trial.heard, "hello\n");
	trial_done(&trial);
}

static void
a_program_speaks_to_its_client_and_its_status_is_known(void **state)
{
	(void)state;
	check_status(false);
	check_status(true);
}

static void
check_missing(bool without_clone3)
{
	struct trial trial;
	struct ending ending;

	trial_init(&trial, without_clone3);
	ending = trial_run(&trial, "/nonexistent", environment);
	assert_int_equal(trial.report->stage, STAGE_PROGRAM);
	assert_int_equal(trial.report->error, ENOENT);
	assert_int_equal(ending.kind, ENDING_EXITED);
	assert_int_equal(ending.status, 125);
	trial_done(&trial);
}

static void
a_program_that_cannot_be_run_is_reported(void **state)
{
	(void)state;
	check_missing(false);
	check_missing(true);
}

static void
check_descriptors(bool without_clone3)
{
	char *const argv[] = { (char[]){ "ls" }, (char[]){ "/proc/self/fd" }, NULL };
	struct trial trial;
	int open_before, extra[40];

	trial_init(&trial, without_clone3);
	for (size_t i = 0; i < ARRAY_SIZE(extra); i++)
		extra[i] = dup(STDERR_FILENO); /* without close-on-exec */
	open_before = facts_open_files();
	(void)trial_run(&trial, "/bin/ls", argv);
	assert_string_equal(trial.heard, "0\n1\n2\n3\n"); /* 3: the directory itself */
	assert_int_equal(facts_open_files(), open_before - 1); /* the client's */
	for (size_t i = 0; i < ARRAY_SIZE(extra); i++)
		assert_int_equal(close(extra[i]), 0);
	trial_done(&trial);
}

static void
a_program_has_three_descriptors_and_the_host_keeps_its_own(void **state)
{
	(void)state;
	check_descriptors(false);
	check_descriptors(true);
}

static void
do_nothing(int number)
{
	(void)number;
}

static void
check_signals(bool without_clone3)
{
	char *const argv[] = { (char[]){ "cat" }, (char[]){ "/proc/self/status" }, NULL };
	const struct sigaction catches = { .sa_handler = do_nothing };
	struct sigaction before, after;
	sigset_t blocked, mask_before, mask_after;
	struct trial trial;

	trial_init(&trial, without_clone3);
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGUSR2);
	assert_int_equal(sigaction(SIGUSR1, &catches, &before), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &mask_before), 0);
	(void)trial_run(&trial, "/bin/cat", argv);
	assert_int_equal(facts_in(trial.heard, "SigCgt", 16), 0);
	assert_int_equal(facts_in(trial.heard, "SigBlk", 16), 0);

	assert_int_equal(sigaction(SIGUSR1, &before, &after), 0);
	assert_ptr_equal(after.sa_handler, do_nothing);
	assert_int_equal(sigprocmask(SIG_SETMASK, &mask_before, &mask_after), 0);
	assert_true(sigismember(&mask_after, SIGUSR2));
	assert_false(sigismember(&mask_after, SIGTERM));
	trial_done(&trial);
}

static void
signals_of_the_host_stay_with_the_host(void **state)
{
	(void)state;
	check_signals(false);
	check_signals(true);
}

static void
check_leader(bool without_clone3)
{
	struct trial trial;

	trial_init(&trial, without_clone3);
	assert_int_equal(
	    trial_shell(&trial, "read -r _ _ _ _ group session _ <\"/proc/$$/stat\"\n"
				"test \"$group $session\" = \"$$ $$\"")
		.status,
	    0);
	trial_done(&trial);
}

static void
a_program_leads_its_group(void **state)
{
	(void)state;
	check_leader(false);
	check_leader(true);
}

static void
an_image_is_run_without_a_path(void **state)
{
	static char bytes[4 << 20];
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, bytes, sizeof(bytes));
	struct trial trial;

	(void)state;
	assert_in_range(size, 1, sizeof(bytes) - 1);
	(void)close(fd);
	trial_init(&trial, false);
	for (int i = 0; i < 2; i++)
		if (spawn_load_image(&trial.nursery, bytes, (size_t)size, "/bin/sh") < 0)
			skip(); /* vm.memfd_noexec */
	trial.plan.image_fd = trial.nursery.image_fd;
	assert_int_equal(trial_shell(&trial, "exit 7").status, 7);
	trial_done(&trial);
}

static void
a_trial_runs_the_stages_and_leaves_nothing(void **state)
{
	struct trial trial;
	struct spawn_request request = { .plan = &trial.plan };
	int open_before;

	(void)state;
	trial_init(&trial, false);
	request.report = trial.report;
	open_before = facts_open_files();
	assert_int_equal(spawn_trial(&trial.nursery, &request), 0);
	assert_int_equal(trial.report->stage, STAGE_NONE);
	trial.plan.path = "/nonexistent";
	assert_int_equal(spawn_trial(&trial.nursery, &request), 0);
	assert_int_equal(trial.report->stage, STAGE_PROGRAM);
	assert_int_equal(trial.report->error, ENOENT);
	trial.plan.dir = "/nonexistent";
	assert_int_equal(spawn_trial(&trial.nursery, &request), 0);
	assert_int_equal(trial.report->stage, STAGE_DIRECTORY);
	assert_int_equal(trial.report->error, ENOENT);
	assert_int_equal(facts_open_files(), open_before);
	assert_true(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	trial_done(&trial);
}

static void
nothing_is_left_open_after_a_thousand_starts(void **state)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	struct trial trial;
	int open_before = facts_open_files();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		trial_init(&trial, i % 2 == 1);
		assert_int_equal(trial_run(&trial, "/bin/true", argv).status, 0);
		trial_done(&trial);
	}
	assert_int_equal(facts_open_files(), open_before);
}

/* Lets the process have no descriptor from `first` on; returns what was before. */
static struct rlimit
limit_files(rlim_t first)
{
	struct rlimit before, now;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	now.rlim_cur = first;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return before;
}

static void
without_descriptors_there_is_no_child(void **state)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	struct spawned child = { .pidfd = -1 };
	struct spawn_request request;
	struct rlimit before;
	struct trial trial;
	int lowest, rc;

	(void)state;
	trial_init(&trial, false);
	trial.plan.path = "/bin/true";
	trial.plan.argv = argv;
	request = trial_request(&trial);
	lowest = dup(STDERR_FILENO);
	(void)close(lowest);
	before = limit_files((rlim_t)lowest);
	rc = spawn_program(&trial.nursery, &request, &child);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(rc, -EMFILE);
	assert_int_equal(child.pidfd, -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	trial_done(&trial);
}

static void
without_descriptors_there_is_no_nursery(void **state)
{
	int open_before = facts_open_files();

	(void)state;
	for (int room = 0; room < 4; room++) {
		struct nursery nursery;
		struct rlimit before;
		int rc, lowest = dup(STDERR_FILENO);

		(void)close(lowest);
		before = limit_files((rlim_t)lowest + (rlim_t)room);
		rc = spawn_init(&nursery);
		spawn_done(&nursery);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_true(rc == -EMFILE || rc == -EINVAL);
	}
	assert_int_equal(facts_open_files(), open_before);
}

static void
a_client_that_is_no_descriptor_is_an_error(void **state)
{
	struct trial trial;
	struct spawned child = { .pidfd = -1 };
	struct spawn_request request;

	(void)state;
	trial_init(&trial, false);
	request = trial_request(&trial);
	request.client_fd = -1;
	assert_int_equal(spawn_program(&trial.nursery, &request, &child), -EBADF);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	trial_done(&trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_speaks_to_its_client_and_its_status_is_known),
		cmocka_unit_test(a_program_that_cannot_be_run_is_reported),
		cmocka_unit_test(
		    a_program_has_three_descriptors_and_the_host_keeps_its_own),
		cmocka_unit_test(signals_of_the_host_stay_with_the_host),
		cmocka_unit_test(a_program_leads_its_group),
		cmocka_unit_test(an_image_is_run_without_a_path),
		cmocka_unit_test(a_trial_runs_the_stages_and_leaves_nothing),
		cmocka_unit_test(nothing_is_left_open_after_a_thousand_starts),
		cmocka_unit_test(without_descriptors_there_is_no_child),
		cmocka_unit_test(without_descriptors_there_is_no_nursery),
		cmocka_unit_test(a_client_that_is_no_descriptor_is_an_error),
	};

	return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
