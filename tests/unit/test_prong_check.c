/*
 * Looking whether a set of services could serve, and the order in which the calls of a
 * reload come.
 */
#include "embed.h"

static const char *const cat[] = { "/bin/cat", NULL };

static void
add(const char *name, const char *where, const char *const program[])
{
	struct prong_service *service = prong_service_add(it.server, name);

	assert_non_null(service);
	assert_int_equal(prong_listen(service, where), 0);
	assert_int_equal(prong_program(service, program), 0);
}

static void
begin(void)
{
	assert_int_equal(prong_reload_begin(it.server), 0);
}

static void
a_check_opens_everything_and_leaves_nothing(void **state)
{
	static const char *const missing[] = { "/nonexistent", NULL };
	char before[128];
	int client;

	(void)state;
	add("one", "127.0.0.1:0", cat);
	assert_int_equal(prong_check(it.server), 0);
	assert_null(prong_bound(prong_service_find(it.server, "one"), 0));
	embed_start(&it);
	(void)snprintf(before, sizeof(before), "%s",
	    prong_bound(prong_service_find(it.server, "one"), 0));
	assert_int_equal(prong_check(it.server), -EINVAL);
	begin();
	add("one", before, cat);
	add("two", "127.0.0.1:0", missing);
	assert_true(prong_check(it.server) < 0);
	prong_reload_abort(it.server);
	client = client_open(before);
	(void)embed_wait(&it, "session-begin");
	close_fd(&client);
	(void)embed_wait(&it, "session-end");
}

static void
the_calls_come_in_their_order(void **state)
{
	(void)state;
	assert_int_equal(prong_reload_begin(it.server), -EINVAL);
	assert_int_equal(prong_reload_commit(it.server), -EINVAL);
	add("one", "127.0.0.1:0", cat);
	embed_start(&it);
	begin();
	assert_int_equal(prong_reload_begin(it.server), -EBUSY);
	assert_int_equal(prong_reload_commit(it.server), -EINVAL);
	assert_string_equal(prong_error(it.server),
	    "cannot take a new set of services: it has none; prong_service_add() makes "
	    "one");
	assert_null(prong_service_add(it.server, "two"));
	begin();
	assert_int_equal(prong_drain(it.server), 0);
	assert_int_equal(prong_reload_commit(it.server), -EINVAL);
	assert_int_equal(prong_reload_begin(it.server), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_check_opens_everything_and_leaves_nothing),
		EMBED_TEST(the_calls_come_in_their_order),
	};

	return cmocka_run_group_tests_name("prong_check", tests, NULL, NULL);
}
