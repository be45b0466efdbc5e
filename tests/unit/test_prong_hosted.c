/*
 * A server in another loop: whatever it has to do, prong_fd() is readable, also where
 * nothing but a call of the host's was the reason; and then it is not any more.
 */
#include "embed.h"

#include <poll.h>

#include "engine.h"

#define HOUR_MS (3600 * 1000)
#define PATIENCE 60000 /* ms; what works takes none of it */

static const char *const echo[] = { "@echo", NULL };

static bool
is_due_within(int patience)
{
	struct pollfd due = { .fd = prong_fd(it.server), .events = POLLIN };

	return poll(&due, 1, patience) == 1;
}

static bool
is_due(void)
{
	return is_due_within(0);
}

/* What is due at once is so when the kernel's clock has had its turn, not before. */
static bool
gets_due(void)
{
	return is_due_within(PATIENCE);
}

static void
rest(void)
{
	while (is_due())
		assert_int_equal(prong_dispatch(it.server, 0), 0);
}

static struct prong_service *
serve(void)
{
	struct prong_service *service = embed_program(&it, "echo", echo);

	embed_start(&it);
	rest();
	return service;
}

static void
expect_over(void)
{
	assert_true(gets_due());
	assert_int_equal(prong_dispatch(it.server, 0), 1);
	assert_false(is_due());
}

static void
a_drain_that_is_over_at_once_is_to_be_seen(void **state)
{
	(void)state;
	(void)serve();
	assert_int_equal(prong_drain(it.server), 0);
	expect_over();
}

static void
a_drain_with_a_deadline_is_too(void **state)
{
	(void)state;
	(void)serve();
	assert_int_equal(prong_drain_within(it.server, HOUR_MS), 0);
	expect_over();
}

static void
the_end_of_everything_is_too(void **state)
{
	(void)state;
	(void)serve();
	assert_int_equal(prong_kill(it.server), 0);
	expect_over();
}

static void
one_that_waits_for_a_session_is_seen_when_that_ends(void **state)
{
	const struct prong_service *service = serve();
	int client = client_open(prong_bound(service, 0));

	(void)state;
	(void)embed_wait(&it, "session-begin");
	rest();
	assert_int_equal(prong_drain(it.server), 0);
	rest();
	assert_non_null(embed_find(&it, "draining"));
	assert_null(embed_find(&it, "drained"));
	close_fd(&client);
	embed_wait_drained(&it);
	assert_non_null(embed_find(&it, "session-end"));
}

static void
begin_anew(const char *name)
{
	struct prong_service *service;

	assert_int_equal(prong_reload_begin(it.server), 0);
	service = prong_service_add(it.server, name);
	assert_non_null(service);
	assert_int_equal(prong_listen(service, "127.0.0.1:0"), 0);
	assert_int_equal(prong_program(service, echo), 0);
}

static void
a_set_that_nobody_needs_any_more_is_freed_by_the_next_turn(void **state)
{
	(void)state;
	(void)serve();
	begin_anew("echo");
	assert_int_equal(prong_reload_commit(it.server), 0);
	assert_non_null(it.server->retired);
	assert_true(gets_due());
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_null(it.server->retired);
	assert_false(is_due());
}

static void
spares_are_there_before_anybody_comes(void **state)
{
	struct prong_service *service = embed_handler(&it, "repeat", embed_repeat, NULL);

	(void)state;
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_set(service, "spares-min", "9"), 0);
	assert_int_equal(prong_set(service, "spares-max", "9"), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 9);
	rest();
	assert_int_equal(embed_ready(service), 9);
}

/* The host had nothing to dispatch for an hour: time is read anew, or whoever is let in
 * now would be an hour old. */
static void
a_session_that_a_reload_lets_in_is_young(void **state)
{
	const struct prong_service *service = serve();
	struct prong_session session;
	uint32_t cursor = 0;
	int client = client_open(prong_bound(service, 0));

	(void)state;
	it.server->loop.now -= HOUR_MS;
	begin_anew("other");
	assert_int_equal(prong_reload_commit(it.server), 0);
	assert_true(prong_session_next(it.server, &cursor, &session, sizeof(session)));
	assert_true(session.age_ms < HOUR_MS);
	close_fd(&client);
	(void)embed_wait(&it, "session-end");
}

static void
a_pause_and_its_end_read_the_clock(void **state)
{
	msec before;

	(void)state;
	(void)serve();
	before = it.server->loop.now -= HOUR_MS;
	assert_int_equal(prong_pause(it.server, NULL), 0);
	assert_true(it.server->loop.now >= before + HOUR_MS);
	it.server->loop.now = before;
	assert_int_equal(prong_resume(it.server, "echo"), 0);
	assert_true(it.server->loop.now >= before + HOUR_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_drain_that_is_over_at_once_is_to_be_seen),
		EMBED_TEST(a_drain_with_a_deadline_is_too),
		EMBED_TEST(the_end_of_everything_is_too),
		EMBED_TEST(one_that_waits_for_a_session_is_seen_when_that_ends),
		EMBED_TEST(a_set_that_nobody_needs_any_more_is_freed_by_the_next_turn),
		EMBED_TEST(spares_are_there_before_anybody_comes),
		EMBED_TEST(a_session_that_a_reload_lets_in_is_young),
		EMBED_TEST(a_pause_and_its_end_read_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
