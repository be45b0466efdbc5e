/*
 * After the start, and after a reload, no session allocates, of whatever kind it is and
 * wherever it comes from.
 */
#include "counted.h"
#include "kinds.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#define SESSIONS 40

static int forbidden; /* sessions with a call that was told of */

/* From an address that was never seen before, as 127.0.0.0/8 has plenty. */
static int
stranger_open(const struct prong_service *service)
{
	static uint32_t number;
	uint64_t port;
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + ++number) };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(text_parse_number(strrchr(prong_bound(service, 0), ':') + 1, 1,
			     UINT16_MAX, &port),
	    0);
	to.sin_port = htons((uint16_t)port);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	return fd;
}

static void
serve_strangers(const struct prong_service *service, const struct kind *kind)
{
	for (int i = 0; i < SESSIONS; i++) {
		int client;

		embed_forget(&it);
		if (kind->is_ahead)
			embed_wait_ready(&it, service, 1);
		client = stranger_open(service);
		kind_assert_ending(kind, embed_wait(&it, "session-end"));
		forbidden += embed_find(&it, "forbidden") != NULL;
		close_fd(&client);
	}
}

static void
reload(const struct kind *kind)
{
	const struct prong_service *service;

	assert_int_equal(prong_reload_begin(it.server), 0);
	service = kind_add(&it, kind);
	if (prong_reload_commit(it.server) < 0)
		fail_msg("%s", prong_error(it.server));
	kind_assert_ending(kind, kind_visit(&it, service, kind));
	counted_from_now();
	serve_strangers(service, kind);
	assert_int_equal(counted_take(), 0); /* but the set before may be given back */
}

static void
serve(const struct kind *kind)
{
	const struct prong_service *service;

	embed_init(&it);
	service = kind_start(&it, kind);
	counted_from_now();
	serve_strangers(service, kind);
	counted_assert_none();
	reload(kind);
	embed_done(&it);
}

/* Else none of this would say anything. */
static void
an_allocation_of_ours_or_of_libc_is_counted(void **state)
{
	char *volatile place = NULL;
	FILE *file;

	(void)state;
	(void)kind_start(&it, &kinds[0]);
	counted_from_now();
	place = malloc(1);
	free(place);
	assert_true(counted_take() > 0);
	counted_from_now();
	file = fopen("/dev/null", "re");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(counted_take() > 0);
#endif
	(void)counted_take();
	(void)fclose(file);
}

static void
sessions_of_no_kind_allocate(void **state)
{
	(void)state;
	for (size_t i = 0; i < kinds_count; i++)
		serve(&kinds[i]);
}

/* Whose program makes calls that a filter forbids, which is told. */
static void
forbidden_calls_allocate_nothing(void **state)
{
	const struct kind kind = { .name = "forbidden",
		.program = { "sh", "-c", "uname || exit 3" },
		.settings = { { "syscalls", "@default" }, { "syscalls", "-uname" } },
		.status = 3 };

	(void)state;
	serve(&kind);
	assert_true(forbidden > 0);
}

/* More than are remembered, so that others have to be forgotten. */
static void
strangers_beyond_those_that_are_remembered_allocate_nothing(void **state)
{
	const struct kind kind = { .name = "few",
		.program = { "@hello" },
		.settings = {
		    { "sources-max", "10" }, { "rate-per-source", "100/1s" } } };

	(void)state;
	serve(&kind);
}

static void
turn_until_refused(uint64_t count)
{
	struct prong_stats stats = { 0 };

	while (stats.refused < count) {
		assert_int_equal(prong_dispatch(it.server, -1), 0);
		prong_stats(it.server, &stats, sizeof(stats));
	}
}

/* By a rule, and by the host. */
static void
refuse_strangers(const struct prong_service *service)
{
	embed_start(&it);
	counted_from_now();
	for (uint64_t i = 1; i <= SESSIONS; i++) {
		int client = stranger_open(service);

		turn_until_refused(i);
		close_fd(&client);
		embed_forget(&it);
	}
	counted_assert_none();
}

static void
strangers_who_are_refused_by_a_rule_allocate_nothing(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "no", (const char *[]){ "@hello", NULL });

	(void)state;
	assert_int_equal(prong_set(service, "deny", "127.0.0.0/8"), 0);
	assert_int_equal(prong_set(service, "refuse-text", "no\\n"), 0);
	assert_int_equal(prong_set(service, "penalty", "denied:1m"), 0);
	refuse_strangers(service);
}

static const char *
say_no(const struct prong_client *client, void *context)
{
	(void)client;
	return context;
}

static void
strangers_whom_the_host_refuses_allocate_nothing(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "no", (const char *[]){ "@hello", NULL });

	(void)state;
	assert_int_equal(prong_on_admit(service, say_no, (char[]){ "no" }), 0);
	refuse_strangers(service);
}

/* Of the set before: it ends, and so does its service, without a turn of its own. */
static void
what_is_left_of_a_set_allocates_nothing_until_its_last_session_ends(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "old", (const char *[]){ "cat", NULL });
	int old, new;

	(void)state;
	embed_start(&it);
	old = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-begin");
	assert_int_equal(prong_reload_begin(it.server), 0);
	service = embed_program(&it, "old", (const char *[]){ "@hello", NULL });
	assert_int_equal(prong_reload_commit(it.server), 0);
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	counted_from_now();
	for (int i = 0; i < SESSIONS; i++) {
		embed_forget(&it);
		new = stranger_open(service);
		(void)embed_wait(&it, "session-end");
		close_fd(&new);
	}
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	counted_assert_none();
	close_fd(&old);
	(void)embed_wait(&it, "session-end");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(an_allocation_of_ours_or_of_libc_is_counted),
		cmocka_unit_test(sessions_of_no_kind_allocate),
		cmocka_unit_test(forbidden_calls_allocate_nothing),
		cmocka_unit_test(
		    strangers_beyond_those_that_are_remembered_allocate_nothing),
		EMBED_TEST(strangers_who_are_refused_by_a_rule_allocate_nothing),
		EMBED_TEST(strangers_whom_the_host_refuses_allocate_nothing),
		EMBED_TEST(
		    what_is_left_of_a_set_allocates_nothing_until_its_last_session_ends),
	};

	return cmocka_run_group_tests_name("no_allocation_kinds", tests, NULL, NULL);
}
