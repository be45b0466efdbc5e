/*
 * What a handler prepares before it has a client; sockets of the host's; structs that
 * grow.
 */
#include "embed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const true_program[] = { "true", NULL };

/* ---- what a handler prepares ----------------------------------------------------- */

static int
prepare(void *context)
{
	int *prepared = context;

	*prepared += getpid();
	return 0;
}

/* Was it done once, by this process? */
static int
tell_prepared(const struct prong_birth *birth, void *context)
{
	const int *prepared = context;

	(void)birth;
	return *prepared == getpid() ? 42 : 1;
}

static void
expect_prepared(const char *start, const char *how, const char *const *options)
{
	static int prepared;
	struct prong_service *service =
	    embed_handler(&it, "ready", tell_prepared, &prepared);
	int client;

	assert_int_equal(prong_prepare(service, prepare), 0);
	assert_int_equal(prong_set(service, "start", start), 0);
	for (; options != NULL && *options != NULL; options += 2)
		assert_int_equal(prong_set(service, options[0], options[1]), 0);
	embed_start(&it);
	if (strcmp(how, "spare") == 0)
		embed_wait_ready(&it, service, 1);
	for (int i = 0; i < 3; i++) {
		client = client_open(prong_bound(service, 0));
		assert_int_equal(
		    told_number(embed_wait(&it, "session-end"), "status"), 42);
		assert_string_equal(client_hear(&client), "");
	}
	assert_int_equal(prepared, 0);
}

static void
a_fresh_handler_prepares_in_its_own_process(void **state)
{
	(void)state;
	expect_prepared("fresh", "", NULL);
}

static void
a_handler_that_waits_has_prepared_in_its_own_process(void **state)
{
	(void)state;
	expect_prepared("spare", "spare", NULL);
}

/* Those with a ruleset of their own are not copied from another. */
static void
a_handler_that_waits_by_itself_has_prepared_too(void **state)
{
	const char *const options[] = { "read", "/", NULL };

	(void)state;
	expect_prepared("spare", "spare", options);
}

static int
fail_with_nine(void *context)
{
	(void)context;
	return 9;
}

static int
fail_with_a_multiple(void *context)
{
	(void)context;
	return 512;
}

static void
expect_unprepared(prong_prepare_fn *fails, int status)
{
	static int unused;
	struct prong_service *service =
	    embed_handler(&it, "ready", tell_prepared, &unused);
	int client;

	assert_int_equal(prong_prepare(service, fails), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	assert_int_equal(told_number(embed_wait(&it, "session-end"), "status"), status);
	assert_string_equal(client_hear(&client), "");
}

static void
a_handler_that_could_not_prepare_does_not_run(void **state)
{
	(void)state;
	expect_unprepared(fail_with_nine, 9);
}

static void
what_failed_does_not_look_like_success(void **state)
{
	(void)state;
	expect_unprepared(fail_with_a_multiple, 1);
}

/* A host may have given its error output a buffer. */
static int
say_why(void *context)
{
	static char buffer[BUFSIZ];

	(void)context;
	(void)setvbuf(stderr, buffer, _IOFBF, sizeof(buffer));
	(void)fputs("the database is away\n", stderr);
	return 9;
}

static void
why_it_could_not_prepare_is_told(void **state)
{
	static int unused;
	struct prong_service *service =
	    embed_handler(&it, "ready", tell_prepared, &unused);

	(void)state;
	assert_int_equal(prong_prepare(service, say_why), 0);
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	embed_start(&it);
	assert_string_equal(
	    told_text(embed_wait(&it, "stderr"), "line"), "the database is away");
}

/* Its clients are served, or told, by processes of their own. */
static void
those_that_cannot_prepare_are_counted_and_replaced(void **state)
{
	static int unused;
	struct prong_service *service =
	    embed_handler(&it, "ready", tell_prepared, &unused);
	struct prong_spares spares;
	const struct told *failed;
	int client;

	(void)state;
	assert_int_equal(prong_prepare(service, fail_with_nine), 0);
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	embed_start(&it);
	failed = embed_wait(&it, "spares-failed");
	assert_non_null(strstr(told_text(failed, "reason"), "exited 9"));
	prong_spares(service, &spares, sizeof(spares));
	assert_true(spares.lost > 0);
	client = client_open(prong_bound(service, 0));
	assert_int_equal(told_number(embed_wait(&it, "session-end"), "status"), 9);
	assert_string_equal(client_hear(&client), "");
}

/* What processes that wait have in common with the test. */
struct waiters {
	sem_t prepared;
	int count;
	pid_t pids[2]; /* those that have prepared; all others never come to an end */
};

static int
prepare_the_first_two(void *context)
{
	struct waiters *waiters = context;
	int i = __atomic_fetch_add(&waiters->count, 1, __ATOMIC_SEQ_CST);

	if (i >= 2)
		for (;;)
			(void)pause();
	waiters->pids[i] = getpid();
	return sem_post(&waiters->prepared);
}

static int
do_nothing(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return 0;
}

static bool
has_prepared(const struct waiters *waiters, int64_t pid)
{
	return pid == waiters->pids[0] || pid == waiters->pids[1];
}

static void
clients_meet_those_that_had_most_time_to_prepare(void **state)
{
	struct waiters *waiters = mmap(NULL, sizeof(*waiters), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct prong_service *service = embed_handler(&it, "ready", do_nothing, waiters);
	int client;

	(void)state;
	assert_ptr_not_equal(waiters, MAP_FAILED);
	assert_int_equal(sem_init(&waiters->prepared, true, 0), 0);
	assert_int_equal(prong_prepare(service, prepare_the_first_two), 0);
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_set(service, "spares-min", "2"), 0);
	assert_int_equal(prong_set(service, "spares-max", "2"), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(sem_wait(&waiters->prepared), 0);
	for (int i = 0; i < 2; i++) {
		embed_wait_ready(&it, service, 2);
		client = client_open(prong_bound(service, 0));
		assert_true(has_prepared(
		    waiters, told_number(embed_wait(&it, "session-begin"), "pid")));
		(void)embed_wait(&it, "session-end");
		assert_string_equal(client_hear(&client), "");
	}
	prong_free(it.server);
	it.server = NULL;
	assert_int_equal(munmap(waiters, sizeof(*waiters)), 0);
}

/* ---- a socket of the host's ------------------------------------------------------ */

static void
a_socket_of_the_host_is_used_and_stays_the_hosts(void **state)
{
	struct sockaddr_in own = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(own);
	struct prong_service *service = prong_service_add(it.server, "given");
	int client, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
	assert_int_equal(prong_listen_fd(service, fd), 0);
	assert_int_equal(prong_program(service, true_program), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "");
	prong_free(it.server);
	it.server = NULL;
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&own, length), 0);
	assert_int_equal(close(client), 0);
	assert_int_equal(close(fd), 0);
}

/* ---- when ------------------------------------------------------------------------ */

static void
all_of_it_is_for_before_the_start(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);

	(void)state;
	assert_int_equal(prong_prepare(service, prepare), -EINVAL);
	assert_non_null(strstr(prong_error(it.server), "handler"));
	assert_int_equal(prong_listen_fd(service, -1), -EBADF);
	embed_start(&it);
	assert_int_equal(prong_on_admit(service, NULL, NULL), -EBUSY);
	assert_int_equal(prong_on_end(service, NULL, NULL), -EBUSY);
	assert_int_equal(prong_prepare(service, prepare), -EBUSY);
	assert_int_equal(prong_listen_fd(service, 0), -EBUSY);
}

/* ---- structs that may grow ------------------------------------------------------- */

static void
a_caller_gets_as_much_as_it_knows_of(void **state)
{
	struct {
		struct prong_stats stats;
		char later[16];
	} newer;
	struct prong_stats older;
	struct prong_service *service = embed_program(&it, "true", true_program);

	(void)state;
	assert_int_equal(prong_set(service, "max", "8"), 0);
	assert_int_equal(prong_set(service, "max", NULL), 0);
	assert_int_equal(prong_set(service, "mix", NULL), -ENOENT);
	assert_int_equal(prong_set(service, "max", "9"), 0);
	embed_start(&it);
	memset(&newer, 0xa5, sizeof(newer));
	prong_stats(it.server, &newer.stats, sizeof(newer));
	assert_int_equal(newer.stats.max, 9);
	for (size_t i = 0; i < sizeof(newer.later); i++)
		assert_int_equal(newer.later[i], 0);
	memset(&older, 0xa5, sizeof(older));
	prong_service_stats(service, &older, offsetof(struct prong_stats, ended));
	assert_int_equal(older.accepted, 0);
	assert_true(older.ended == 0xa5a5a5a5a5a5a5a5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_fresh_handler_prepares_in_its_own_process),
		EMBED_TEST(a_handler_that_waits_has_prepared_in_its_own_process),
		EMBED_TEST(a_handler_that_waits_by_itself_has_prepared_too),
		EMBED_TEST(a_handler_that_could_not_prepare_does_not_run),
		EMBED_TEST(what_failed_does_not_look_like_success),
		EMBED_TEST(why_it_could_not_prepare_is_told),
		EMBED_TEST(those_that_cannot_prepare_are_counted_and_replaced),
		EMBED_TEST(clients_meet_those_that_had_most_time_to_prepare),
		EMBED_TEST(a_socket_of_the_host_is_used_and_stays_the_hosts),
		EMBED_TEST(all_of_it_is_for_before_the_start),
		EMBED_TEST(a_caller_gets_as_much_as_it_knows_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
