/*
 * What services need of the machine: their variants, the policy program, those who wait
 * and those who are remembered are counted too.
 */
#include "embed.h"

#include "engine.h"

static void
set(struct prong_service *service, const char *name, const char *value)
{
	if (prong_set(service, name, value) < 0)
		fail_msg("%s", prong_error(it.server));
}

/* Of whose client nothing has to be known. */
static struct prong_service *
add(const char *name)
{
	struct prong_service *service =
	    embed_program(&it, name, (const char *[]){ "/bin/cat", NULL });

	set(service, "max", "5");
	set(service, "on-hangup", "keep");
	set(service, "eof-grace", "off");
	set(service, "linger", "off");
	set(service, "stderr", "client");
	return service;
}

static void
a_plain_service_needs_no_more_than_its_sessions(void **state)
{
	struct prong_service *service = add("one");

	(void)state;
	embed_start(&it);
	assert_int_equal(engine_files_per_session(service), 1);
	assert_int_equal(engine_files_apart(service), 2); /* a port, in both families */
	assert_int_equal(engine_processes_ahead(service), 0);
	assert_int_equal(engine_waiting(service), 0);
	assert_int_equal(engine_slots_needed(it.server, it.server->services), 1 + 5);
	assert_int_equal(it.server->remembered, 0);
}

/* ---- sessions -------------------------------------------------------------------- */

static void
the_dearest_variant_says_what_a_session_needs(void **state)
{
	struct prong_service *service = add("one");

	(void)state;
	set(service, "allow", "127.0.0.1");
	set(service, "allow", "127.0.0.2 stderr=log");
	set(service, "allow", "127.0.0.3 stderr=log idle-timeout=1m");
	set(service, "allow", "127.0.0.4 idle-timeout=1m");
	embed_start(&it);
	assert_int_equal(engine_files_per_session(service), 3);
	assert_int_equal(engine_slots_needed(it.server, it.server->services), 1 + 5);
}

static void
a_question_needs_descriptors_too(void **state)
{
	struct prong_service *service = add("one");

	(void)state;
	set(service, "policy", "/bin/true");
	embed_start(&it);
	assert_int_equal(engine_files_per_session(service), 3);
}

static void
variants_have_the_max_of_their_service(void **state)
{
	struct prong_service *service = add("one");
	unsigned variants = 0;

	(void)state;
	set(service, "allow", "127.0.0.2 nice=1");
	set(service, "allow", "127.0.0.3 nice=2");
	embed_start(&it);
	for (const struct prong_service *at = service->next; at != NULL; at = at->next) {
		assert_ptr_equal(at->base, service);
		assert_int_equal(at->max, 5);
		variants++;
	}
	assert_int_equal(variants, 2);
}

static void
sessions_that_are_there_keep_their_slots(void **state)
{
	struct prong_service *service = add("one");
	int client;

	(void)state;
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-begin");
	assert_int_equal(engine_slots_needed(it.server, it.server->services), 1 + 1 + 5);
	close_fd(&client);
}

/* It is only asked about: none of them is started. */
static void
each_variant_has_processes_of_its_own_ahead(void **state)
{
	struct prong_service *service = add("one");

	(void)state;
	set(service, "start", "spare");
	set(service, "spares-max", "3");
	set(service, "allow", "127.0.0.1");
	set(service, "allow", "127.0.0.2 nice=1");
	assert_int_equal(prong_check(it.server), 0);
	assert_int_equal(engine_processes_ahead(service), 2 * (3 + 1));
	assert_int_equal(engine_files_apart(service), 2 + 2 * (3 + 2) * 2);
}

static void
who_decides_is_not_started_ahead(void **state)
{
	struct prong_service *service = add("one");

	(void)state;
	set(service, "start", "spare");
	set(service, "spares-max", "3");
	set(service, "policy", "/bin/true");
	assert_int_equal(prong_check(it.server), 0);
	assert_int_equal(engine_processes_ahead(service), 3 + 1);
}

/* ---- those who wait -------------------------------------------------------------- */

static void
expect_waiting(uint32_t waiting)
{
	const struct prong_service *service = it.server->services;

	embed_start(&it);
	assert_int_equal(engine_waiting(service), waiting);
	assert_int_equal(engine_files_apart(service), 2 + waiting);
	assert_int_equal(
	    engine_slots_needed(it.server, it.server->services), 1 + 5 + waiting);
}

static struct prong_service *
add_patient(void)
{
	struct prong_service *service = add("one");

	set(service, "waiting-max", "7");
	return service;
}

static void
who_is_introduced_waits(void **state)
{
	(void)state;
	set(add_patient(), "proxy-from", "127.0.0.1");
	expect_waiting(7);
}

static void
whose_turn_comes_waits(void **state)
{
	(void)state;
	set(add_patient(), "rate", "1/s");
	expect_waiting(7);
}

static void
whose_turn_a_rule_has_come_waits(void **state)
{
	struct prong_service *service = add_patient();

	(void)state;
	set(service, "allow", "127.0.0.1 nice=1");
	set(service, "allow", "127.0.0.2 rate-per-source=1/s");
	expect_waiting(7);
}

static void
nobody_waits_where_that_is_not_wanted(void **state)
{
	struct prong_service *service = add_patient();

	(void)state;
	set(service, "rate", "1/s");
	set(service, "rate-wait", "off");
	expect_waiting(0);
}

/* ---- those who are remembered ---------------------------------------------------- */

static void
who_has_a_rate_or_owes_something_is_remembered(void **state)
{
	struct prong_service *rated = add("rated"), *ruled = add("ruled"),
			     *strict = add("strict"), *plain = add("plain");

	(void)state;
	set(rated, "rate-per-source", "1/s");
	set(rated, "sources-max", "1000");
	set(ruled, "allow", "127.0.0.2 rate-per-source=1/s");
	set(ruled, "sources-max", "200");
	set(strict, "penalty", "any:1m");
	set(strict, "sources-max", "30");
	set(plain, "rate", "1/s"); /* of all together */
	set(plain, "sources-max", "4000");
	embed_start(&it);
	assert_int_equal(it.server->remembered, 1000 + 200 + 30);
	assert_int_equal(rated->ledger->memory.most, 1000);
	assert_int_equal(ruled->ledger->memory.most, 200);
	assert_int_equal(strict->ledger->memory.most, 30);
	assert_int_equal(plain->ledger->memory.most, 0);
}

static void
what_an_earlier_service_remembers_has_its_room(void **state)
{
	struct prong_service *service = add("one");

	(void)state;
	set(service, "penalty", "any:1m");
	set(service, "sources-max", "1000");
	embed_start(&it);
	assert_int_equal(prong_reload_begin(it.server), 0);
	service = add("two");
	set(service, "penalty", "any:1m");
	set(service, "sources-max", "30");
	assert_int_equal(prong_reload_commit(it.server), 0);
	assert_int_equal(it.server->remembered, 1000 + 30);
}

static void
what_a_service_remembers_takes_memory(void **state)
{
	struct prong_service *little = add("little"), *much = add("much");

	(void)state;
	set(little, "penalty", "any:1m");
	set(little, "sources-max", "10");
	set(much, "penalty", "any:1m");
	set(much, "sources-max", "1010");
	embed_start(&it);
	assert_int_equal(
	    engine_memory(much) - engine_memory(little), 1000 * sizeof(struct source));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_plain_service_needs_no_more_than_its_sessions),
		EMBED_TEST(the_dearest_variant_says_what_a_session_needs),
		EMBED_TEST(a_question_needs_descriptors_too),
		EMBED_TEST(variants_have_the_max_of_their_service),
		EMBED_TEST(sessions_that_are_there_keep_their_slots),
		EMBED_TEST(each_variant_has_processes_of_its_own_ahead),
		EMBED_TEST(who_decides_is_not_started_ahead),
		EMBED_TEST(who_is_introduced_waits),
		EMBED_TEST(whose_turn_comes_waits),
		EMBED_TEST(whose_turn_a_rule_has_come_waits),
		EMBED_TEST(nobody_waits_where_that_is_not_wanted),
		EMBED_TEST(who_has_a_rate_or_owes_something_is_remembered),
		EMBED_TEST(what_an_earlier_service_remembers_has_its_room),
		EMBED_TEST(what_a_service_remembers_takes_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
