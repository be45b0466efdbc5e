/*
 * A handler that waited for its client, and was killed when it had it.
 */
#include "embed.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t
begin_spare(struct prong_service *service, int *ret_client)
{
	const struct told *begin;

	assert_int_equal(prong_set(service, "start", "spare"), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 1);
	*ret_client = client_open(prong_bound(service, 0));
	begin = embed_wait(&it, "session-begin");
	assert_string_equal(told_text(begin, "start"), "spare");
	return (pid_t)told_number(begin, "pid");
}

/* ---- robust mutexes ---------------------------------------------------------------- */

#define MUTEX_BYTES 4096 /* of memory that is mapped: a page of it */

static pthread_mutex_t *
new_mutex(void)
{
	pthread_mutex_t *mutex = mmap(
	    NULL, MUTEX_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t how;

	assert_ptr_not_equal(mutex, MAP_FAILED);
	assert_int_equal(pthread_mutexattr_init(&how), 0);
	assert_int_equal(pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED), 0);
	assert_int_equal(pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST), 0);
	assert_int_equal(pthread_mutex_init(mutex, &how), 0);
	(void)pthread_mutexattr_destroy(&how);
	return mutex;
}

static int
hold(const struct prong_birth *birth, void *mutex)
{
	(void)birth;
	if (pthread_mutex_lock(mutex) != 0)
		return 1;
	(void)!write(STDOUT_FILENO, "x", 1);
	for (;;)
		(void)pause();
}

/* As databases in shared memory have them: whoever comes next has to be told. */
static void
a_mutex_that_it_held_is_told_to_the_next_one(void **state)
{
	pthread_mutex_t *mutex = new_mutex();
	struct prong_service *service = embed_handler(&it, "hold", hold, mutex);
	int client;
	char byte;
	pid_t pid = begin_spare(service, &client);

	(void)state;
	assert_int_equal(recv(client, &byte, 1, 0), 1);
	assert_int_equal(pthread_mutex_trylock(mutex), EBUSY);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(told_number(embed_wait(&it, "session-end"), "status"), SIGKILL);
	assert_int_equal(pthread_mutex_trylock(mutex), EOWNERDEAD);
	assert_int_equal(pthread_mutex_consistent(mutex), 0);
	assert_int_equal(pthread_mutex_unlock(mutex), 0);
	(void)close(client);
	(void)munmap(mutex, MUTEX_BYTES);
}

/* ---- tracers --------------------------------------------------------------------- */

/* Traces it until a byte comes, and then takes notice of its end. */
static void
trace(pid_t pid, int fd)
{
	char byte = 0;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		_exit(1);
	(void)!write(fd, "x", 1);
	(void)!read(fd, &byte, 1);
	(void)waitpid(pid, NULL, __WALL);
	_exit(0);
}

static pid_t
begin_tracer(pid_t pid, int *ret_fd)
{
	int ends[2];
	pid_t tracer;
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	tracer = fork();
	assert_true(tracer >= 0);
	if (tracer == 0) {
		(void)close(ends[0]);
		trace(pid, ends[1]);
	}
	(void)close(ends[1]);
	*ret_fd = ends[0];
	if (read(ends[0], &byte, 1) == 1)
		return tracer;
	(void)waitpid(tracer, NULL, 0); /* tracing is forbidden here */
	(void)close(ends[0]);
	return 0;
}

static void
wait_dead(pid_t pid)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN };

	assert_true(end.fd >= 0);
	assert_int_equal(poll(&end, 1, -1), 1);
	(void)close(end.fd);
}

/* It is dead at once, and ours to reap when its tracer has been told. */
static void
nobody_takes_the_place_of_one_that_was_traced(void **state)
{
	struct prong_service *service = embed_handler(&it, "echo", embed_repeat, NULL);
	int client, fd;
	char byte;
	pid_t pid = begin_spare(service, &client), tracer;

	(void)state;
	client_say(client, "x");
	assert_int_equal(recv(client, &byte, 1, 0), 1);
	tracer = begin_tracer(pid, &fd);
	if (tracer == 0)
		skip();
	assert_int_equal(kill(pid, SIGKILL), 0);
	wait_dead(pid);
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_null(embed_find(&it, "session-end"));
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(waitpid(tracer, NULL, 0), tracer);
	assert_int_equal(told_number(embed_wait(&it, "session-end"), "status"), SIGKILL);
	assert_null(embed_find(&it, "replaced"));
	(void)close(fd);
	(void)close(client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_mutex_that_it_held_is_told_to_the_next_one),
		EMBED_TEST(nobody_takes_the_place_of_one_that_was_traced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
