/*
 * A handler in a forked child: its status, its words, its failures.
 */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "facts.h"
#include "reap.h"
#include "spawn.h"

static struct report *report; /* shared memory */
static struct nursery nursery;
static struct plan plan;
static int pair[2]; /* the client's, and the handler's */
static char heard[512];

static int
set_up(void **state)
{
	(void)state;
	plan = (struct plan){ .image_fd = -1, .umask = 022 };
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return report == MAP_FAILED || spawn_init(&nursery) < 0 ||
	       socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0;
}

static int
tear_down(void **state)
{
	(void)state;
	close_fd(&pair[0]);
	close_fd(&pair[1]);
	(void)munmap(report, sizeof(*report));
	spawn_done(&nursery);
	return 0;
}

static struct ending
run(prong_handler_fn *handler, void *context)
{
	const struct prong_birth facts = { .id = "0F4K2M9QZ1A7B", .number = 3 };
	const struct spawn_request request = {
		.plan = &plan,
		.client_fd = pair[1],
		.error_fd = nursery.null_fd,
		.report = report,
	};
	struct spawned child;
	struct ending ending;
	ssize_t length;

	assert_int_equal(
	    spawn_handler(&nursery, &request, handler, &facts, context, &child), 0);
	(void)poll(&(struct pollfd){ .fd = child.pidfd, .events = POLLIN }, 1, -1);
	assert_true(reap_collect(child.pidfd, &ending));
	close_fd(&child.pidfd);
	close_fd(&pair[1]);
	length = recv(pair[0], heard, sizeof(heard) - 1, MSG_DONTWAIT);
	assert_true(length >= 0);
	heard[length] = '\0';
	return ending;
}

static int
return_context(const struct prong_birth *birth, void *context)
{
	(void)birth;
	return *(int *)context;
}

static void
what_a_handler_returns_is_the_status(void **state)
{
	struct ending ending = run(return_context, &(int){ 7 });

	(void)state;
	assert_int_equal(ending.kind, ENDING_EXITED);
	assert_int_equal(ending.status, 7);
	assert_int_equal(report->stage, STAGE_NONE);
}

static void
of_a_status_the_low_byte_counts(void **state)
{
	(void)state;
	assert_int_equal(run(return_context, &(int){ -1 }).status, 255);
}

static int
print_facts(const struct prong_birth *birth, void *context)
{
	(void)context;
	printf("%s %d", birth->id, (int)birth->number);
	return 0;
}

static void
what_a_handler_prints_is_the_clients(void **state)
{
	(void)state;
	assert_int_equal(run(print_facts, NULL).status, 0);
	assert_string_equal(heard, "0F4K2M9QZ1A7B 3");
}

/* The host's stdout is this program's report, so the file is looked at, not the text. */
static void
what_the_host_had_not_flushed_is_not_the_clients(void **state)
{
	(void)state;
	printf("# not yet flushed\n");
	assert_int_equal(run(print_facts, NULL).status, 0);
	assert_string_equal(heard, "0F4K2M9QZ1A7B 3");
}

static int
count_files(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return facts_open_files();
}

static void
a_handler_has_three_descriptors(void **state)
{
	int before = facts_open_files();

	(void)state;
	assert_int_equal(run(count_files, NULL).status, 4); /* one of them for counting */
	assert_int_equal(facts_open_files(), before - 1);   /* the handler's socket */
}

static int
look_at_signals(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return facts_own("SigCgt", 16) != 0 || facts_own("SigBlk", 16) != 0 ||
	       getsid(0) != getpid();
}

static void
do_nothing(int number)
{
	(void)number;
}

static void
a_handler_has_none_of_the_hosts_signals(void **state)
{
	const struct sigaction catches = { .sa_handler = do_nothing };
	struct sigaction before;
	sigset_t mask;

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &catches, &before), 0);
	assert_int_equal(run(look_at_signals, NULL).status, 0);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	assert_false(sigismember(&mask, SIGTERM));
}

static void
a_handler_whose_stage_failed_never_runs(void **state)
{
	struct ending ending;

	(void)state;
	plan.dir = "/nonexistent";
	ending = run(print_facts, NULL);
	assert_int_equal(ending.status, 125);
	assert_int_equal(report->stage, STAGE_DIRECTORY);
	assert_int_equal(report->error, ENOENT);
	assert_string_equal(heard, "");
}

static int
kill_itself(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	(void)kill(getpid(), SIGKILL);
	return 0;
}

static void
a_handler_that_is_killed_is_killed_alone(void **state)
{
	struct ending ending = run(kill_itself, NULL);

	(void)state;
	assert_int_equal(ending.kind, ENDING_KILLED);
	assert_int_equal(ending.status, SIGKILL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_handler_returns_is_the_status),
		TEST(of_a_status_the_low_byte_counts),
		TEST(what_a_handler_prints_is_the_clients),
		TEST(what_the_host_had_not_flushed_is_not_the_clients),
		TEST(a_handler_has_three_descriptors),
		TEST(a_handler_has_none_of_the_hosts_signals),
		TEST(a_handler_whose_stage_failed_never_runs),
		TEST(a_handler_that_is_killed_is_killed_alone),
	};

	return cmocka_run_group_tests_name("spawn_handler", tests, NULL, NULL);
}
