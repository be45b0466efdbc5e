/*
 * After the start the engine allocates nothing, whatever comes.
 */
#include "counted.h"
#include "kinds.h"

/* So many connections, one after another, after the start. */
static void
check(struct prong_service *service, int connections)
{
	embed_start(&it);
	counted_from_now();
	for (int i = 0; i < connections; i++) {
		int client = client_open(prong_bound(service, 0));
		const struct told *end = embed_wait(&it, "session-end");

		assert_int_equal(told_number(end, "status"), 0);
		assert_string_equal(client_hear(&client), "hello\n");
		embed_forget(&it);
	}
	counted_assert_none();
}

static void
a_thousand_connections_to_a_program_allocate_nothing(void **state)
{
	(void)state;
	check(embed_program(&it, "hello", (const char *[]){ "@hello", NULL }), 1000);
}

static int
say_hello(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return write(1, "hello\n", 6) != 6;
}

static void
two_hundred_connections_to_a_handler_allocate_nothing(void **state)
{
	(void)state;
	check(embed_handler(&it, "hello", say_hello, NULL), 200);
}

static void
every_option_and_much_error_output_allocate_nothing(void **state)
{
	struct prong_service *service = embed_program(&it, "hello",
	    (const char *[]){ "sh", "-c", "echo hello; echo a >&2; printf b >&2", NULL });

	(void)state;
	(void)prong_set(service, "env-style", "ucspi,cgi,ncat,socat,busybox");
	(void)prong_set(service, "env", "LANG=C");
	(void)prong_set(service, "session-timeout", "1h");
	(void)prong_set(service, "idle-timeout", "1h");
	(void)prong_set(service, "first-byte-timeout", "1h");
	(void)prong_set(service, "max-per-source", "3");
	check(service, 50);
}

static void
a_thousand_refusals_allocate_nothing(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "echo", (const char *[]){ "@echo", NULL });
	struct prong_stats stats = { 0 };
	int first;

	(void)state;
	(void)prong_set(service, "max-per-source", "1");
	(void)prong_set(service, "refuse-text", "busy\\n");
	embed_start(&it);
	counted_from_now();
	first = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-begin");
	for (uint64_t i = 1; i <= 1000; i++) {
		int client = client_open(prong_bound(service, 0));

		while (stats.refused < i) {
			assert_int_equal(prong_dispatch(it.server, -1), 0);
			prong_stats(it.server, &stats, sizeof(stats));
		}
		assert_string_equal(client_hear(&client), "busy\n");
	}
	close_fd(&first);
	(void)embed_wait(&it, "session-end");
	counted_assert_none();
}

/* Through everything that a client may have to pass: a proxy's words, rules, rates, the
 * policy program, penalties. */
static void
clients_of_a_proxy_allocate_nothing(void **state)
{
	enum { CLIENTS = 80 }; /* of whom so few refusals are told, one by one */
	static const char *const settings[][2] = { { "proxy-from", "127.0.0.0/8" },
		{ "allow", "192.0.2.0/24 nice=1" }, { "rate", "1/1ms:1" },
		{ "rate-per-source", "1000/1s" }, { "policy", "/bin/true" },
		{ "penalty", "any:1ms" }, { "penalty-min", "1h" },
		{ "penalty-max", "1h" }, { "sources-max", "3" } };
	struct prong_service *service =
	    embed_program(&it, "hello", (const char *[]){ "@hello", NULL });

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		assert_int_equal(prong_set(service, settings[i][0], settings[i][1]), 0);
	embed_start(&it);
	counted_from_now();
	for (int i = 0; i < CLIENTS; i++) {
		int client = client_open(prong_bound(service, 0));
		char header[64];

		/* Each eighth is from where nobody is allowed. */
		(void)snprintf(header, sizeof(header),
		    "PROXY TCP4 192.0.%d.%d 192.0.2.1 1 2\r\n", i % 8 == 7 ? 3 : 2, i);
		client_say(client, header);
		do
			assert_int_equal(prong_dispatch(it.server, -1), 0);
		while (embed_find(&it, "session-end") == NULL &&
		       embed_find(&it, "refused") == NULL);
		(void)client_hear(&client);
		embed_forget(&it);
	}
	counted_assert_none();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_thousand_connections_to_a_program_allocate_nothing),
		EMBED_TEST(two_hundred_connections_to_a_handler_allocate_nothing),
		EMBED_TEST(every_option_and_much_error_output_allocate_nothing),
		EMBED_TEST(a_thousand_refusals_allocate_nothing),
		EMBED_TEST(clients_of_a_proxy_allocate_nothing),
	};

	return cmocka_run_group_tests_name("no_allocation", tests, NULL, NULL);
}
