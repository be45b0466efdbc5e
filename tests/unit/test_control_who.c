/*
 * What is told of who gets in: why, penalties, refusals, and what is forgiven.
 */
#include "desk.h"

/* All that can be said at once. */
static const struct prong_why shut_out = {
	.reason = "penalty",
	.text = "it is shut out for 42 s",
	.wait_ms = 42000,
	.source = "203.0.113.0/24",
	.rule = "allow 203.0.113.0/24 max-per-source=8",
	.rule_from = "/etc/prong/friends:12",
	.is_exempt = true,
	.is_proxy = true,
	.asks_policy = true,
	.source_live = 3,
	.source_max = 8,
	.live = 40,
	.max = 64,
	.reserve = 4,
	.drop_percent = 30,
	.source_tokens = 1,
	.source_burst = 5,
	.tokens = 12,
	.burst = 20,
	.penalty_ms = 42000,
	.owes_ms = 42000,
	.penalty_offences = 3,
};

static void
why_is_answered_for_every_service(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	desk.prong.services[1].why = shut_out;
	fd = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, fd, "why 203.0.113.7\n"),
	    "{\"service\":\"echo\",\"admitted\":true,\"text\":\"is let in\",\"wait_ms\":0,"
	    "\"source\":\"203.0.113.7\",\"source_live\":0,\"live\":0,\"max\":40}\n"
	    "{\"service\":\"rev\",\"admitted\":false,\"reason\":\"penalty\","
	    "\"text\":\"it is shut out for 42 s\",\"wait_ms\":42000,"
	    "\"source\":\"203.0.113.0/24\","
	    "\"rule\":\"allow 203.0.113.0/24 max-per-source=8\","
	    "\"rule_from\":\"/etc/prong/friends:12\",\"exempt\":true,"
	    "\"proxy_from\":true,\"policy\":true,\"source_live\":3,\"source_max\":8,"
	    "\"live\":40,\"max\":64,\"reserve\":4,\"drop_percent\":30,"
	    "\"source_tokens\":1,\"source_burst\":5,\"tokens\":12,\"burst\":20,"
	    "\"penalty_ms\":42000,\"owes_ms\":42000,\"offences\":3}\n"
	    "{\"done\":true}\n");
	assert_int_equal(
	    desk_lines(desk_ask(&desk, fd, "why 2001:db8::1%eth0 rev\n")), 2);
	assert_string_equal(desk.noted, "");
	(void)close(fd);
	desk_done(&desk);
}

static void
why_is_asked_about_an_address(void **state)
{
	static const struct {
		const char *request, *answer;
	} rows[] = {
		{ "why\n", "{\"error\":\"which client? why ADDRESS [SERVICE]\"}\n" },
		{ "why nobody\n", "{\"error\":\"it is broken\"}\n" },
		{ "why ::1 nix\n",
		    "{\"error\":\"there is no service 'nix', only echo, rev\"}\n" },
		{ "why ::1 echo rev\n",
		    "{\"error\":\"too many words: why ADDRESS [SERVICE]\"}\n" },
	};
	char request[256] = "why ";
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(desk_ask(&desk, fd, rows[i].request), rows[i].answer);
	memset(request + 4, '1', 200);
	request[204] = '\n';
	assert_non_null(strstr(desk_ask(&desk, fd, request), "no address is that long"));
	(void)close(fd);
	desk_done(&desk);
}

static void
those_who_owe_are_told_of_one_by_one(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, fd, "penalties\n"), "{\"done\":true}\n");
	desk.prong.penalties = 2;
	assert_string_equal(desk_ask(&desk, fd, "penalties *\n"),
	    "{\"service\":\"echo\",\"source\":\"10.0.0.0/24\",\"last\":\"exit\","
	    "\"owes_ms\":1000,\"shut_out\":true,\"offences\":3}\n"
	    "{\"service\":\"rev\",\"source\":\"10.0.1.0/24\",\"last\":\"exit\","
	    "\"owes_ms\":1001,\"offences\":3}\n"
	    "{\"done\":true}\n");
	assert_int_equal(desk_lines(desk_ask(&desk, fd, "penalties rev\n")), 2);
	assert_string_equal(desk_ask(&desk, fd, "penalties nix\n"),
	    "{\"error\":\"there is no service 'nix', only echo, rev\"}\n");
	(void)close(fd);
	desk_done(&desk);
}

/* However many there are: no more is made than the client takes. */
static void
a_full_memory_of_sources_is_told_without_holding_anybody_up(void **state)
{
	struct desk desk;
	int slow, quick;

	(void)state;
	desk_init(&desk, 0);
	desk.prong.penalties = 65536;
	slow = desk_connect(&desk);
	desk_say(slow, "penalties\n");
	assert_true(fake_turn(&desk.prong));
	assert_false(fake_turn(&desk.prong));
	quick = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, quick, "ps\n"), "{\"done\":true}\n");
	assert_int_equal(desk_lines(desk_hear(&desk, slow)), 65537);
	(void)close(slow);
	(void)close(quick);
	desk_done(&desk);
}

static void
what_is_owed_is_forgotten_on_request(void **state)
{
	static const struct desk_row rows[] = {
		{ "penalties clear all\n", "clear all all;",
		    "{\"sources\":2,\"done\":true}\n" },
		{ "penalties clear 192.0.2.0/24 *\n", "clear 192.0.2.0/24 all;",
		    "{\"sources\":2,\"done\":true}\n" },
		{ "penalties clear uid:7 rev\n", "clear uid:7 rev;",
		    "{\"sources\":2,\"done\":true}\n" },
		{ "penalties clear all nix\n", "",
		    "{\"error\":\"there is no service 'nix', only echo, rev\"}\n" },
		{ "penalties clear\n", "",
		    "{\"error\":\"whose penalties? an address, a network, uid:N, cid:N, or "
		    "all\"}\n" },
	};
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	desk.prong.ends = 2;
	fd = desk_connect(&desk);
	desk_expect(&desk, fd, rows, ARRAY_SIZE(rows));
	desk.prong.ends = -EINVAL;
	assert_string_equal(
	    desk_ask(&desk, fd, "penalties clear x\n"), "{\"error\":\"it is broken\"}\n");
	assert_string_equal(desk.noted, "penalties clear x");
	(void)close(fd);
	desk_done(&desk);
}

static void
one_that_came_by_a_proxy_is_told_with_it(void **state)
{
	struct desk desk;
	const char *answer;
	int fd;

	(void)state;
	desk_init(&desk, 3);
	fd = desk_connect(&desk);
	answer = desk_ask(&desk, fd, "ps\n");
	assert_non_null(
	    strstr(answer, "\"source\":\"192.0.2.2:1026\",\"proxy\":\"10.0.0.1:4711\","));
	assert_null(strstr(strstr(answer, "proxy") + 1, "proxy"));
	(void)close(fd);
	desk_done(&desk);
}

static void
refusals_are_told_by_reason_where_there_are_any(void **state)
{
	struct desk desk;
	const char *answer;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	desk.prong.services[1].refusals = "denied 3, rate 10";
	fd = desk_connect(&desk);
	for (int i = 0; i < 2; i++) {
		answer = desk_ask(&desk, fd, i == 0 ? "status\n" : "stats\n");
		assert_non_null(strstr(answer, ",\"refusals\":\"denied 3, rate 10\""));
		assert_null(strstr(strstr(answer, "refusals") + 1, "refusals"));
	}
	(void)close(fd);
	desk_done(&desk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_came_by_a_proxy_is_told_with_it),
		cmocka_unit_test(refusals_are_told_by_reason_where_there_are_any),
		cmocka_unit_test(why_is_answered_for_every_service),
		cmocka_unit_test(why_is_asked_about_an_address),
		cmocka_unit_test(those_who_owe_are_told_of_one_by_one),
		cmocka_unit_test(
		    a_full_memory_of_sources_is_told_without_holding_anybody_up),
		cmocka_unit_test(what_is_owed_is_forgotten_on_request),
		cmocka_unit_test(one_that_came_by_a_proxy_is_told_with_it),
		cmocka_unit_test(refusals_are_told_by_reason_where_there_are_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
