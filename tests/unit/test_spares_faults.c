/*
 * Of what the supervisor asks the kernel for those that wait, each call fails once, the
 * first, the second, ... time: every client gets its answer, or the refusal, the numbers
 * are right, and nothing is left.
 */
#include "embed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"
#include "facts.h"
#include "faulty.h"
#include "pool.h"

#define NTH_MOST 60
#define CLIENTS 3
#define REFUSAL "sorry"

/* ---- a server -------------------------------------------------------------------- */

static size_t refused, refused_all;

static struct prong_service *
start(const char *how, bool is_handler)
{
	static const char *const argv[] = { "/bin/cat", NULL };
	struct prong_service *service =
	    is_handler ? embed_handler(&it, "service", embed_repeat, NULL)
		       : embed_program(&it, "service", argv);

	assert_int_equal(prong_set(service, "start", how), 0);
	assert_int_equal(prong_set(service, "spares-min", "2"), 0);
	assert_int_equal(prong_set(service, "spares-max", "4"), 0);
	assert_int_equal(prong_set(service, "cpu-time", "10s"), 0);
	assert_int_equal(prong_set(service, "refuse-text", REFUSAL), 0);
	embed_start(&it);
	return service;
}

static int
client_begin(const struct prong_service *service, const char *words)
{
	int fd = client_open(prong_bound(service, 0));

	assert_int_equal(write(fd, words, strlen(words)), strlen(words));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	return fd;
}

/* A session that cannot be watched, or limited, is ended, and may have begun. */
static bool
is_bounding(enum call call)
{
	return call == CALL_EPOLL_CTL || call == CALL_FCNTL || call == CALL_PRLIMIT ||
	       call == CALL_PIDFD_OPEN;
}

/* Turns the server until the client has its answer. */
static void
client_finish(int fd, const char *words)
{
	char bytes[256];
	size_t used = 0;
	ssize_t got;

	assert_int_equal(__real_fcntl64(fd, F_SETFL, O_NONBLOCK), 0);
	while ((got = read(fd, bytes + used, sizeof(bytes) - 1 - used)) != 0) {
		if (got > 0)
			used += (size_t)got;
		else if (errno == EAGAIN)
			assert_int_equal(prong_dispatch(it.server, 10), 0);
		else
			fail_msg("the client got %s", strerror(errno));
	}
	bytes[used] = '\0';
	(void)close(fd);
	if (strcmp(bytes, REFUSAL) == 0 || (used == 0 && is_bounding(fault.call)))
		refused++;
	else if (strcmp(bytes, words) != 0)
		fail_msg("call %d %s %u: the client got '%s', not '%s'", fault.call,
		    strerrorname_np(fault.error), fault.nth, bytes, words);
}

static void
ask(const struct prong_service *service, size_t count)
{
	static const char *const words[CLIENTS] = { "one", "two", "three" };
	int fds[CLIENTS];

	for (size_t i = 0; i < count; i++)
		fds[i] = client_begin(service, words[i]);
	for (size_t i = 0; i < count; i++)
		client_finish(fds[i], words[i]);
}

/* ---- what must be true ----------------------------------------------------------- */

static void
check_numbers(const struct pool *pool)
{
	uint32_t ready = 0, listed = 0, starting = 0, used = 0, tracers = 0, renewing = 0;

	for (uint32_t i = 0; i < pool->capacity; i++) {
		const struct spare *spare = &pool->spares[i];

		if (spare->state == SPARE_FREE)
			continue;
		used++;
		ready += spare->state == SPARE_READY;
		starting += spare->counted == COUNTED_STARTING;
		renewing += spare->counted == COUNTED_RENEWING;
		tracers += spare->tracer.pid != 0;
	}
	for (const struct spare *at = pool->first; at != NULL; at = at->next)
		listed++;
	assert_int_equal(listed, pool->ready);
	assert_int_equal(ready, pool->ready);
	assert_int_equal(starting, pool->starting);
	assert_int_equal(renewing, pool->is_renewing);
	assert_int_equal(used, pool->used);
	assert_int_equal(tracers, pool->service->server->tracers);
}

static bool
is_whole(const struct pool *pool)
{
	return pool->ready >= pool->sizing.wanted && pool->starting == 0 &&
	       !pool->is_renewing && pool->service->live == 0 &&
	       (pool->how == START_WARM || pool->image != NULL);
}

/* The fault is over: its pause need not be waited for. */
static void
wait_whole(struct prong_service *service)
{
	struct pool *pool = &service->pool;

	if (pool->sizing.failures > 0) {
		sizing_forgive(&pool->sizing);
		pool_touch(pool);
	}
	while (!is_whole(pool)) {
		assert_int_equal(prong_dispatch(it.server, 10), 0);
		check_numbers(pool);
	}
}

/* True while something failed. */
static bool
attempt(const char *how, bool is_handler, uint32_t nth)
{
	int open_before = facts_open_files();
	struct prong_service *service;

	embed_init(&it);
	service = start(how, is_handler);
	fault.nth = fault.left = nth;
	fault.has_failed = false;
	fault.is_armed = true;
	ask(service, 1);
	wait_whole(service);
	ask(service, CLIENTS);
	wait_whole(service);
	fault.is_armed = false;
	assert_true(refused <= 1);
	refused_all += refused;
	refused = 0;
	ask(service, CLIENTS);
	assert_int_equal(refused, 0);
	wait_whole(service);
	embed_done(&it);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	assert_int_equal(facts_open_files(), open_before);
	return fault.has_failed;
}

static void
sweep_call(const char *how, bool is_handler, enum call call, int error)
{
	uint32_t nth = 1;

	fault.call = call;
	fault.error = error;
	while (nth < NTH_MOST && attempt(how, is_handler, nth))
		nth++;
	assert_true(nth < NTH_MOST);
	if (getenv("PRONG_TEST_TALK") != NULL)
		fprintf(stderr, "%s %d call %d %s: %u, %zu refused\n", how, is_handler,
		    call, strerrorname_np(error), nth - 1, refused_all);
	refused_all = 0;
}

static void
sweep(const char *how, bool is_handler)
{
	static const struct {
		enum call call;
		int error;
	} all[] = {
		{ CALL_EPOLL_CTL, ENOSPC },
		{ CALL_SENDMSG, ETOOMANYREFS },
		{ CALL_SENDMSG, EPIPE },
		{ CALL_SENDMSG, EAGAIN },
		{ CALL_SEND, ENOBUFS },
		{ CALL_RECV, EINTR },
		{ CALL_SOCKETPAIR, EMFILE },
		{ CALL_PIPE2, ENFILE },
		{ CALL_FCNTL, EMFILE },
		{ CALL_PRLIMIT, EPERM },
		{ CALL_PIDFD_OPEN, EMFILE },
		{ CALL_DUP3, EBUSY },
		{ CALL_FORK, EAGAIN },
	};

	fault.owner = getpid();
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		sweep_call(how, is_handler, all[i].call, all[i].error);
}

/* Of a test that has failed. */
static int
tear_down(void **state)
{
	(void)state;
	fault = (struct fault){ 0 };
	embed_done(&it);
	return 0;
}

static void
a_handler_that_cannot_be_watched_never_begins(void **state)
{
	struct prong_service *service;

	(void)state;
	embed_init(&it);
	service = start("fresh", true);
	fault = (struct fault){ .is_armed = true,
		.call = CALL_PIDFD_OPEN,
		.error = EMFILE,
		.left = 1,
		.owner = getpid() };
	client_finish(client_begin(service, "one"), REFUSAL);
	assert_true(fault.has_failed);
	assert_int_equal(refused, 1);
	refused = 0;
}

static void
of_handlers_each_call_may_fail(void **state)
{
	(void)state;
	sweep("spare", true);
}

static void
of_programs_that_wait_each_call_may_fail(void **state)
{
	(void)state;
	sweep("spare", false);
}

static void
of_programs_that_are_held_each_call_may_fail(void **state)
{
	(void)state;
	sweep("warm", false);
}

static void
of_programs_that_are_copied_each_call_may_fail(void **state)
{
	(void)state;
	sweep("clone", false);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_handler_that_cannot_be_watched_never_begins),
		TEST(of_handlers_each_call_may_fail),
		TEST(of_programs_that_wait_each_call_may_fail),
		TEST(of_programs_that_are_held_each_call_may_fail),
		TEST(of_programs_that_are_copied_each_call_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
