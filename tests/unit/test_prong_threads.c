/*
 * A host with threads, of which one serves: the others allocate, print, open descriptors
 * that exec would hand on, and fork, all the time.
 */
#include "kinds.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define ROUNDS 30

static atomic_bool is_over;

static void *
allocate(void *nothing)
{
	while (!is_over) {
		char *bytes = malloc(1000);

		bytes[0] = 1;
		free(bytes);
	}
	return nothing;
}

/* Without O_CLOEXEC. */
static void *
open_files(void *nothing)
{
	while (!is_over) {
		int fds[20];

		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			fds[i] = open("/dev/zero", O_RDONLY);
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			close_fd(&fds[i]);
	}
	return nothing;
}

/* Of its own children it knows the numbers. */
static void *
fork_children(void *nothing)
{
	while (!is_over) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		(void)waitpid(pid, NULL, 0);
	}
	return nothing;
}

static void *
use_streams(void *nothing)
{
	while (!is_over) {
		FILE *file = fopen("/dev/null", "w");

		(void)fprintf(file, "%s\n", "words");
		(void)fflush(NULL);
		(void)fclose(file);
	}
	return nothing;
}

typedef void *thread_fn(void *);

static thread_fn *const deeds[] = { allocate, open_files, fork_children, use_streams };

static pthread_t threads[ARRAY_SIZE(deeds)];

static int
begin_all(void **state)
{
	is_over = false;
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		if (pthread_create(&threads[i], NULL, deeds[i], NULL) != 0)
			return -1;
	return embed_set_up(state);
}

static int
end_all(void **state)
{
	(void)embed_tear_down(state);
	is_over = true;
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		(void)pthread_join(threads[i], NULL);
	return 0;
}

/* 0, 1, 2, and the one for looking. */
static int
count_files(const struct prong_birth *birth, void *context)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	(void)birth;
	(void)context;
	while (folder != NULL && readdir(folder) != NULL)
		count++;
	return count - 2;
}

static void
count_all(struct prong_service *service, const struct kind *kind)
{
	/* Whoever hangs is an ending that is not expected. */
	assert_int_equal(prong_set(service, "session-timeout", "60s"), 0);
	embed_start(&it);
	for (int i = 0; i < ROUNDS; i++)
		kind_assert_ending(kind, kind_visit(&it, service, kind));
}

static void
handlers_have_three_descriptors(void **state)
{
	const struct kind kind = { .name = "handler", .status = 4 };

	(void)state;
	count_all(embed_handler(&it, kind.name, count_files, NULL), &kind);
}

static void
handlers_that_wait_have_three_descriptors(void **state)
{
	const struct kind kind = { .name = "spare", .is_ahead = true, .status = 4 };
	struct prong_service *service = embed_handler(&it, kind.name, count_files, NULL);

	(void)state;
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	count_all(service, &kind);
}

static void
programs_have_three_descriptors(void **state)
{
	const struct kind kind = { .name = "program",
		.program = { "sh", "-c", "exit $(ls /proc/self/fd | wc -l)" },
		.status = 4 };

	(void)state;
	count_all(embed_program(&it, kind.name, kind.program), &kind);
}

static int
allocate_and_print(const struct prong_birth *birth, void *context)
{
	char *bytes = malloc(100000);

	(void)birth;
	(void)context;
	if (bytes == NULL)
		return 1;
	(void)snprintf(bytes, 100, "words of the handler");
	(void)puts(bytes);
	free(bytes);
	return 7;
}

static void
handlers_may_allocate_and_print(void **state)
{
	const struct kind kind = { .name = "handler", .status = 7 };

	(void)state;
	count_all(embed_handler(&it, kind.name, allocate_and_print, NULL), &kind);
}

static void
every_kind_is_served_as_without_threads(void **state)
{
	(void)state;
	for (size_t i = 0; i < kinds_count; i++) {
		const struct prong_service *service;

		embed_done(&it);
		embed_init(&it);
		service = kind_start(&it, &kinds[i]);
		for (int k = 0; k < 4; k++)
			kind_assert_ending(
			    &kinds[i], kind_visit(&it, service, &kinds[i]));
	}
}

/* ---- another thread has stdout, in the middle of a word -------------------------- */

static int steps[2][2]; /* it has; it may let go */

static void *
hold_stdout(void *nothing)
{
	char byte;

	flockfile(stdout);
	(void)!write(steps[0][1], "", 1);
	(void)!read(steps[1][0], &byte, 1);
	funlockfile(stdout);
	return nothing;
}

static void
a_handler_prints_while_another_thread_holds_stdout(void **state)
{
	const struct kind kind = { .name = "handler", .status = 7 };
	struct prong_service *service =
	    embed_handler(&it, kind.name, allocate_and_print, NULL);
	const struct told *end;
	pthread_t holder;
	char byte;
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "session-timeout", "60s"), 0);
	embed_start(&it);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		assert_int_equal(pipe2(steps[i], O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&holder, NULL, hold_stdout, NULL), 0);
	assert_int_equal(read(steps[0][0], &byte, 1), 1);
	client = client_open(prong_bound(service, 0));
	end = embed_wait(&it, "session-end");
	assert_int_equal(write(steps[1][1], "", 1), 1);
	assert_int_equal(pthread_join(holder, NULL), 0);
	kind_assert_ending(&kind, end);
	assert_string_equal(client_hear(&client), "words of the handler\n");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		for (size_t k = 0; k < 2; k++)
			close_fd(&steps[i][k]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_all, end_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(handlers_have_three_descriptors),
		TEST(handlers_that_wait_have_three_descriptors),
		TEST(programs_have_three_descriptors),
		TEST(handlers_may_allocate_and_print),
		TEST(every_kind_is_served_as_without_threads),
		EMBED_TEST(a_handler_prints_while_another_thread_holds_stdout),
	};

	return cmocka_run_group_tests_name("prong_threads", tests, NULL, NULL);
}
