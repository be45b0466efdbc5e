/*
 * Clients that have no session yet, while their server is steered or gets another set of
 * services: each is served, or told that it is not.
 */
#include "waiting.h"

#include <errno.h>
#include <sys/resource.h>

/* Its header comes while the service is held. */
static int
wait_held(void)
{
	int client = client_open(bound_of("one"));

	turn_until("arriving", 1);
	assert_int_equal(prong_pause(it.server, NULL), 0);
	client_say(client, waiting_header);
	turn_until("waiting", 1);
	assert_null(embed_find(&it, "session-begin"));
	return client;
}

static void
who_comes_while_it_is_held_is_served_when_it_is_released(void **state)
{
	int client;

	(void)state;
	(void)add_proxied("one", "4");
	embed_start(&it);
	client = wait_held();
	assert_int_equal(prong_resume(it.server, NULL), 0);
	(void)embed_wait(&it, "session-begin");
	expect_echo(client);
	leave(client);
	expect_nobody();
}

static void
nobody_waits_for_a_service_that_a_reload_took_away(void **state)
{
	int client;

	(void)state;
	(void)add_proxied("one", "4");
	embed_start(&it);
	client = wait_held();
	begin();
	(void)add("two", "127.0.0.1:0");
	commit();
	(void)embed_wait(&it, "session-begin");
	expect_echo(client);
	leave(client);
	expect_nobody();
}

/* Who comes too soon after another; on a busy machine that may take more than two. */
static int
wait_for_turn(void)
{
	for (;;) {
		int client = client_open(bound_of("one"));

		while (count("waiting") == 0 && embed_find(&it, "session-end") == NULL)
			assert_int_equal(prong_dispatch(it.server, -1), 0);
		if (count("waiting") == 1)
			return client;
		(void)client_hear(&client);
		embed_forget(&it);
	}
}

/* Of a rule that has settings of its own: they wait as its variant's. */
static void
rules_hold_for_the_last_who_wait(void **state)
{
	struct prong_service *service;
	int client;

	(void)state;
	service = add("one", "127.0.0.1:0");
	set(service, "allow", "127.0.0.0/8 program=@hello");
	set(service, "rate", "1/2s:1");
	embed_start(&it);
	client = wait_for_turn();
	begin();
	(void)add("two", "127.0.0.1:0");
	commit();
	(void)embed_wait(&it, "session-end");
	assert_non_null(strstr(client_hear(&client), "ello"));
	expect_nobody();
}

static void
more_room_after_a_reload_is_for_those_who_wait(void **state)
{
	int clients[2];

	(void)state;
	fill(clients);
	begin();
	(void)add_proxied("one", "2");
	commit();
	(void)embed_wait(&it, "session-begin");
	expect_echo(clients[1]);
	leave(clients[0]);
	leave(clients[1]);
	expect_nobody();
}

static void
who_is_ended_while_it_is_asked_is_told_so(void **state)
{
	int client;

	(void)state;
	client = be_asked_about();
	assert_int_equal(prong_end(it.server, "127.0.0.0/8", 0), 1);
	assert_string_equal(
	    told_text(embed_wait(&it, "refused"), "why"), "ended on request");
	assert_string_equal(client_hear(&client), "");
	expect_nobody();
}

static void
what_was_not_told_is_told_before_its_service_is_gone(void **state)
{
	enum { CLIENTS = 15 };
	struct prong_service *service;

	(void)state;
	service = add("one", "127.0.0.1:0");
	set(service, "allow", "192.0.2.0/24");
	embed_start(&it);
	for (int i = 0; i < CLIENTS; i++) {
		int client = client_open(bound_of("one"));
		struct prong_stats stats;

		do {
			assert_int_equal(prong_dispatch(it.server, -1), 0);
			prong_stats(it.server, &stats, sizeof(stats));
		} while (stats.refused <= (uint64_t)i);
		(void)close(client);
	}
	begin();
	(void)add("two", "127.0.0.1:0");
	commit();
	while (embed_find(&it, "refused-more") == NULL)
		assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_int_equal(told_number(embed_find(&it, "refused-more"), "more"), 5);
}

/* Every descriptor below `most` is taken. */
static unsigned
take_all(int taken[], unsigned most)
{
	unsigned found = 0;

	while (found < most && (taken[found] = dup(0)) >= 0)
		found++;
	return found;
}

static void
a_text_for_one_reason_is_told_without_another(void **state)
{
	enum { FILES = 128 };
	struct rlimit old, tight;
	struct prong_service *service;
	int client, taken[FILES];
	unsigned found;

	(void)state;
	service = add("one", "127.0.0.1:0");
	set(service, "refuse-text-for", "no-descriptors=come later");
	embed_start(&it);
	client = client_open(bound_of("one"));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = (struct rlimit){ FILES, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	found = take_all(taken, FILES);
	(void)embed_wait(&it, "refused");
	while (found > 0)
		(void)close(taken[--found]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_string_equal(client_hear(&client), "come later");
}

static void
what_does_not_serve_cannot_be_asked(void **state)
{
	struct prong_why why;
	struct prong_service *service = add("one", "127.0.0.1:0");

	(void)state;
	assert_int_equal(prong_why(service, "192.0.2.7", &why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(prong_error(it.server), "the service does not serve; "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(who_comes_while_it_is_held_is_served_when_it_is_released),
		EMBED_TEST(nobody_waits_for_a_service_that_a_reload_took_away),
		EMBED_TEST(rules_hold_for_the_last_who_wait),
		EMBED_TEST(more_room_after_a_reload_is_for_those_who_wait),
		EMBED_TEST(who_is_ended_while_it_is_asked_is_told_so),
		EMBED_TEST(what_was_not_told_is_told_before_its_service_is_gone),
		EMBED_TEST(a_text_for_one_reason_is_told_without_another),
		EMBED_TEST(what_does_not_serve_cannot_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
