/*
 * Clients that have no session yet, and another program that takes the place of their
 * server: it goes on with each, or tells it that it cannot.
 */
#include "waiting.h"

static void
who_waits_for_room_gets_it_from_the_next_program(void **state)
{
	int clients[2];

	(void)state;
	fill(clients);
	upgrade();
	(void)add_proxied("one", "2");
	commit();
	(void)embed_wait(&it, "session-begin");
	expect_echo(clients[1]);
	leave(clients[0]);
	leave(clients[1]);
	expect_nobody();
}

/* What comes between is of no set of services: who waits is not served by it. */
static void
who_waits_for_room_is_not_served_before_there_is_a_set(void **state)
{
	int clients[2];

	(void)state;
	fill(clients);
	upgrade();
	leave(clients[0]);
	assert_null(embed_find(&it, "refused"));
	assert_int_equal(count("waiting"), 1);
	(void)add_proxied("one", "1");
	commit();
	(void)embed_wait(&it, "session-begin");
	expect_echo(clients[1]);
	leave(clients[1]);
	expect_nobody();
}

static void
the_next_program_sends_away_whom_it_has_no_service_for(void **state)
{
	int clients[2], late;
	char where[128];

	(void)state;
	fill(clients);
	late = client_open(bound_of("one"));
	(void)snprintf(where, sizeof(where), "%s", bound_of("one"));
	upgrade();
	(void)add("two", where);
	commit();
	assert_string_equal(told_text(embed_wait(&it, "refused"), "reason"), "stopping");
	assert_string_equal(client_hear(&clients[1]), "");
	(void)embed_wait(&it, "session-begin"); /* by the kernel's queue, which is kept */
	expect_echo(late);
	leave(late);
	leave(clients[0]);
	expect_nobody();
}

/* Its first service has no rules. */
static void
a_reload_after_an_upgrade_may_take_the_service_away(void **state)
{
	int clients[2];

	(void)state;
	fill(clients);
	upgrade();
	(void)add_proxied("one", "1");
	commit();
	begin();
	(void)add("two", "127.0.0.1:0");
	commit();
	leave(clients[0]);
	(void)embed_wait(&it, "session-begin");
	expect_echo(clients[1]);
	leave(clients[1]);
	expect_nobody();
}

/* Whose listener nobody keeps: the last in its queue are served as its rules say. */
static void
a_rule_holds_for_the_last_clients_of_a_service(void **state)
{
	struct prong_service *service;
	int client;

	(void)state;
	service = add("one", "127.0.0.1:0");
	set(service, "allow", "127.0.0.0/8 program=@hello");
	embed_start(&it);
	client = client_open(bound_of("one"));
	upgrade();
	(void)add("two", "127.0.0.1:0");
	commit();
	(void)embed_wait(&it, "session-end");
	assert_non_null(strstr(client_hear(&client), "ello"));
	expect_nobody();
}

static void
the_next_program_asks_again(void **state)
{
	int client;

	(void)state;
	client = be_asked_about();
	upgrade();
	set_policy(add("one", "127.0.0.1:0"), "exit 0");
	commit();
	(void)embed_wait(&it, "session-begin");
	expect_echo(client);
	leave(client);
	expect_nobody();
}

static void
a_trial_need_not_wait_for_the_answer(void **state)
{
	int client, memory = memfd_create("state", MFD_CLOEXEC);
	struct prong *trial = prong_new();

	(void)state;
	client = be_asked_about();
	assert_int_equal(prong_freeze(it.server, memory, PRONG_TRIAL), 0);
	prong_unfreeze(it.server);
	if (prong_thaw(trial, memory, PRONG_TRIAL) < 0)
		fail_msg("%s", prong_error(trial));
	(void)close(memory);
	(void)close(client);
	/* Of the same process, which a trial never is: its listeners are the server's. */
	before[before_count++] = trial;
}

static void
it_is_asked_again_when_there_is_no_next_program(void **state)
{
	int client, memory = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	client = be_asked_about();
	freeze(memory);
	assert_int_equal(count("waiting"), 1);
	prong_unfreeze(it.server);
	assert_int_equal(count("asking"), 1);
	(void)close(memory);
	(void)close(client);
}

/* A request is not forgotten because an upgrade was tried. */
static void
who_was_ended_while_it_was_asked_is_not_asked_again(void **state)
{
	int client, memory = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	client = be_asked_about();
	assert_int_equal(prong_end(it.server, "127.0.0.0/8", 0), 1);
	freeze(memory);
	prong_unfreeze(it.server);
	assert_int_equal(count("asking"), 0);
	(void)close(memory);
	assert_string_equal(
	    told_text(embed_wait(&it, "refused"), "why"), "ended on request");
	assert_string_equal(client_hear(&client), "");
	expect_nobody();
}

/* There was no place to remember it, and there still is none. */
static void
a_client_that_nobody_counts_goes_on_in_the_next_program(void **state)
{
	static const char *const settings[][2] = { { "exempt", "192.0.2.2" },
		{ "penalty", "any:1h" }, { "penalty-min", "off" }, { "sources-max", "1" },
		{ "sources-full", "refuse" } };
	struct prong_service *service;
	int client;

	(void)state;
	service = add_proxied("one", "2");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		set(service, settings[i][0], settings[i][1]);
	embed_start(&it);
	client = client_open(bound_of("one"));
	client_say(client, waiting_header);
	(void)embed_wait(&it, "session-begin");
	leave(client);
	client = client_open(bound_of("one"));
	client_say(client, "PROXY TCP4 192.0.2.2 192.0.2.1 1000 80\r\n");
	(void)embed_wait(&it, "session-begin");
	assert_int_equal(it.server->sources.known, 1);
	upgrade();
	assert_int_equal(it.server->sources.known, 1);
	(void)add_proxied("one", "2");
	commit();
	expect_echo(client);
	leave(client);
	expect_nobody();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(who_waits_for_room_gets_it_from_the_next_program),
		EMBED_TEST(who_waits_for_room_is_not_served_before_there_is_a_set),
		EMBED_TEST(the_next_program_sends_away_whom_it_has_no_service_for),
		EMBED_TEST(a_reload_after_an_upgrade_may_take_the_service_away),
		EMBED_TEST(a_rule_holds_for_the_last_clients_of_a_service),
		EMBED_TEST(the_next_program_asks_again),
		EMBED_TEST(a_trial_need_not_wait_for_the_answer),
		EMBED_TEST(it_is_asked_again_when_there_is_no_next_program),
		EMBED_TEST(who_was_ended_while_it_was_asked_is_not_asked_again),
		EMBED_TEST(a_client_that_nobody_counts_goes_on_in_the_next_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
