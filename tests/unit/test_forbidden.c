/*
 * Handlers that call what their filter forbids: who is told, and what they meet.
 */
#include "embed.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#define TOLD_MOST 8

/* Says each errno of that many forbidden calls. */
static int
call_forbidden(const struct prong_birth *birth, void *context)
{
	const int *times = context;

	(void)birth;
	for (int i = 0; i < *times; i++) {
		errno = 0;
		(void)unshare(CLONE_NEWUSER);
		(void)dprintf(1, "%d ", errno);
	}
	return 7;
}

static int
execute(const struct prong_birth *birth, void *unused)
{
	(void)birth;
	(void)unused;
	(void)execl("/bin/true", "true", NULL);
	return errno == EPERM ? 7 : 8;
}

static struct prong_service *
start(prong_handler_fn *handler, void *context, const char *words, const char *how)
{
	struct prong_service *service = embed_handler(&it, "caller", handler, context);

	assert_int_equal(prong_set(service, "syscalls", words), 0);
	assert_int_equal(prong_set(service, "start", how), 0);
	assert_int_equal(prong_set(service, "spares-max", "2"), 0);
	return service;
}

static const struct told *
serve_one(struct prong_service *service, int *client)
{
	*client = client_open(prong_bound(service, 0));
	return embed_wait(&it, "session-end");
}

static void
its_calls_fail_and_are_told(const char *how)
{
	int times = 1, client;
	struct prong_service *service = start(call_forbidden, &times, "@default", how);

	embed_start(&it);
	for (int i = 0; i < 3; i++) {
		const struct told *end, *told;

		if (how[0] == 's')
			embed_wait_ready(&it, service, 1);
		end = serve_one(service, &client);
		told = embed_find(&it, "forbidden");
		assert_int_equal(told_number(end, "status"), 7);
		assert_string_equal(client_hear(&client), "1 ");
		assert_non_null(told);
		assert_string_equal(told->id, end->id);
		assert_string_equal(told_text(told, "call"), "unshare");
		assert_string_equal(told_text(told, "met"), "EPERM");
		embed_forget(&it);
	}
}

static void
a_handler_is_told_of(void **state)
{
	(void)state;
	its_calls_fail_and_are_told("fresh");
}

static void
one_that_waited_is_told_of(void **state)
{
	(void)state;
	its_calls_fail_and_are_told("spare");
}

static void
a_session_can_end_for_it(void **state)
{
	int times = 1, client;
	struct prong_service *service =
	    start(call_forbidden, &times, "@default", "fresh");
	const struct told *end;

	(void)state;
	assert_int_equal(prong_set(service, "syscalls-action", "kill"), 0);
	embed_start(&it);
	end = serve_one(service, &client);
	assert_string_equal(told_text(end, "cause"), "syscall");
	assert_string_equal(told_text(end, "signal"), "KILL");
	assert_string_equal(client_hear(&client), "");
	assert_string_equal(
	    told_text(embed_find(&it, "forbidden"), "met"), "the session ends");
}

static void
a_flood_is_told_of_a_few_times(void **state)
{
	int times = 20, client;
	struct prong_service *service =
	    start(call_forbidden, &times, "@default", "fresh");
	size_t told = 0;

	(void)state;
	embed_start(&it);
	(void)serve_one(service, &client);
	assert_string_equal(
	    client_hear(&client), "1 1 1 1 1 1 1 1 38 38 38 38 38 38 38 38 38 38 38 38 ");
	for (size_t i = 0; i < it.told_count; i++)
		told += strcmp(it.told[i].name, "forbidden") == 0;
	assert_int_equal(told, TOLD_MOST);
}

static void
a_handler_needs_no_exec(void **state)
{
	int client;
	struct prong_service *service =
	    start(execute, NULL, "@default,@no-exec", "fresh");

	(void)state;
	embed_start(&it);
	assert_int_equal(told_number(serve_one(service, &client), "status"), 7);
	assert_string_equal(client_hear(&client), "");
	assert_string_equal(told_text(embed_find(&it, "forbidden"), "call"), "execve");
}

/* More than there are records: they are used again. */
static void
nothing_is_left_of_many(void **state)
{
	int times = 0, client;
	struct prong_service *service =
	    start(call_forbidden, &times, "@default", "fresh");

	(void)state;
	assert_int_equal(prong_set(service, "max", "2"), 0);
	embed_start(&it);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(told_number(serve_one(service, &client), "status"), 7);
		assert_string_equal(client_hear(&client), "");
		embed_forget(&it);
	}
}

static void
an_unknown_call_is_an_error_at_start(void **state)
{
	int times = 0;

	(void)state;
	(void)start(call_forbidden, &times, "@default,-ptrce", "fresh");
	assert_true(prong_start(it.server) < 0);
	assert_string_equal(prong_error(it.server),
	    "syscalls: 'ptrce' is no system call that is known; 'ptrace' is");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_handler_is_told_of),
		EMBED_TEST(one_that_waited_is_told_of),
		EMBED_TEST(a_session_can_end_for_it),
		EMBED_TEST(a_flood_is_told_of_a_few_times),
		EMBED_TEST(a_handler_needs_no_exec),
		EMBED_TEST(nothing_is_left_of_many),
		EMBED_TEST(an_unknown_call_is_an_error_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
