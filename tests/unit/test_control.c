/*
 * The control socket: what is answered, to whom, and what hostile or slow clients do
 * not achieve.
 */
#include "desk.h"

#include <sys/socket.h>
#include <sys/stat.h>

/* ---- requests ----------------------------------------------------------------- */

static void
status_tells_of_the_server_and_each_service(void **state)
{
	struct desk desk;
	char expected[64];
	const char *answer;
	int fd;

	(void)state;
	desk_init(&desk, 3);
	fd = desk_connect(&desk);
	answer = desk_ask(&desk, fd, "status\n");
	(void)snprintf(expected, sizeof(expected), "{\"instance\":\"night\",\"pid\":%ld,",
	    (long)getpid());
	assert_memory_equal(answer, expected, strlen(expected));
	assert_non_null(strstr(answer, "\"generation\":3,\"live\":3,\"max\":40,"));
	assert_non_null(strstr(answer, "{\"service\":\"echo\",\"state\":\"listening\""));
	assert_non_null(strstr(answer, "\"listen\":\"127.0.0.1:7 [::1]:7\"}\n"));
	assert_non_null(strstr(answer, "{\"service\":\"rev\",\"state\":\"held\""));
	assert_string_equal(answer + strlen(answer) - strlen("\n{\"done\":true}\n"),
	    "\n{\"done\":true}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
what_is_started_ahead_is_told_where_there_is_such(void **state)
{
	static const char whole[] =
	    "\"spares_asked\":\"clone\",\"spares_in_force\":\"warm\","
	    "\"spares_reason\":\"it has 3 threads\",\"spares_ready\":4,"
	    "\"spares_starting\":1,\"spares_wanted\":5,\"spares_hits\":97,"
	    "\"spares_misses\":3,\"spares_failed\":2,\"spares_lost\":1,"
	    "\"spares_retired\":6,\"held_call\":\"read(0)\",\"held_start_ms\":48,"
	    "\"spare_memory_kb\":8500}\n";
	struct desk desk;
	const char *answer;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	desk.prong.services[1].spares = (struct prong_spares){ .asked = "clone",
		.in_force = "warm",
		.reason = "it has 3 threads",
		.ready = 4,
		.starting = 1,
		.wanted = 5,
		.hits = 97,
		.misses = 3,
		.failed = 2,
		.lost = 1,
		.retired = 6,
		.call = "read(0)",
		.start_ms = 48,
		.memory_kb = 8500 };
	fd = desk_connect(&desk);
	answer = desk_ask(&desk, fd, "status\n");
	assert_non_null(strstr(answer, whole));
	assert_null(strstr(strstr(answer, whole) + strlen(whole), "spares"));
	answer = desk_ask(&desk, fd, "stats\n");
	assert_non_null(strstr(answer, whole));
	desk.prong.services[1].spares = (struct prong_spares){
		.asked = "spare", .in_force = "spare", .reason = "", .call = ""
	};
	answer = desk_ask(&desk, fd, "status\n");
	assert_non_null(strstr(answer, "\"spares_retired\":0}\n"));
	assert_null(strstr(answer, "spares_reason"));
	(void)close(fd);
	desk_done(&desk);
}

static void
sessions_are_told_of_one_by_one(void **state)
{
	struct desk desk;
	const char *answer;
	int fd;

	(void)state;
	desk_init(&desk, 3);
	fd = desk_connect(&desk);
	answer = desk_ask(&desk, fd, "ps\n");
	assert_int_equal(desk_lines(answer), 4);
	assert_non_null(strstr(answer,
	    "{\"id\":\"S0000001\",\"service\":\"rev\",\"source\":\"192.0.2.1:1025\","
	    "\"state\":\"running\",\"pid\":101,\"age_ms\":5,\"bytes_in\":0,"
	    "\"bytes_out\":0}\n"));
	answer = desk_ask(&desk, fd, "ps rev\n");
	assert_int_equal(desk_lines(answer), 2);
	assert_string_equal(desk_ask(&desk, fd, "ps nix\n"),
	    "{\"error\":\"there is no service 'nix', only echo, rev\"}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
settings_that_are_too_long_have_no_value(void **state)
{
	struct desk desk;
	const char *answer;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	answer = desk_ask(&desk, fd, "settings echo\n");
	assert_non_null(strstr(answer, "{\"setting\":\"max\",\"value\":\"of max\"}\n"));
	assert_non_null(strstr(answer, "{\"setting\":\"env\"}\n"));
	assert_string_equal(desk_ask(&desk, fd, "settings\n"),
	    "{\"error\":\"which service? settings SERVICE\"}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
isolation_is_told_measure_by_measure(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, fd, "isolation echo\n"),
	    "{\"measure\":\"files\",\"settings\":\"read, write, execute\","
	    "\"state\":\"in-force\",\"asked\":\"preset\",\"what\":\"3 paths\"}\n"
	    "{\"measure\":\"pid\",\"settings\":\"namespaces\",\"state\":\"missing\","
	    "\"asked\":\"preset\",\"why\":\"not permitted\"}\n"
	    "{\"measure\":\"cgroup\",\"settings\":\"cgroup\",\"state\":\"off\"}\n"
	    "{\"done\":true}\n");
	assert_string_equal(desk_ask(&desk, fd, "isolation\n"),
	    "{\"error\":\"which service? isolation SERVICE\"}\n");
	assert_string_equal(desk_ask(&desk, fd, "isolation nix\n"),
	    "{\"error\":\"there is no service 'nix', only echo, rev\"}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
help_lists_every_request(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	assert_int_equal(desk_lines(desk_ask(&desk, fd, "help\n")), 16);
	(void)close(fd);
	desk_done(&desk);
}

static void
what_steers_reaches_the_engine(void **state)
{
	static const struct desk_row rows[] = {
		{ "kill all\n", "end all -1;", "{\"sessions\":2,\"done\":true}\n" },
		{ "kill S1 now\n", "end S1 0;", "{\"sessions\":2,\"done\":true}\n" },
		{ "kill ::1 5s\n", "end ::1 5000;", "{\"sessions\":2,\"done\":true}\n" },
		{ "pause\n", "pause all;", "{\"done\":true}\n" },
		{ "pause *\n", "pause all;", "{\"done\":true}\n" },
		{ "pause rev\n", "pause rev;", "{\"done\":true}\n" },
		{ "pause rev 1h\n", "pause rev;", "{\"done\":true}\n" },
		{ "pause * 1h\n", "pause echo;pause rev;", "{\"done\":true}\n" },
		{ "resume\n", "resume all;", "{\"done\":true}\n" },
		{ "resume echo\n", "resume echo;", "{\"done\":true}\n" },
		{ "kill\n", "",
		    "{\"error\":\"kill what? an id, an address, a network, or all\"}\n" },
		{ "kill all 1x\n", "",
		    "{\"error\":\"'1x' is not a time up to 30d, such as 500ms, 5s or "
		    "2m\"}\n" },
		{ "resume nix\n", "",
		    "{\"error\":\"there is no service 'nix', only echo, rev\"}\n" },
		{ "resume a b\n", "",
		    "{\"error\":\"too many words: resume [SERVICE]\"}\n" },
	};
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 2);
	desk.prong.ends = 2;
	fd = desk_connect(&desk);
	desk_expect(&desk, fd, rows, ARRAY_SIZE(rows));
	assert_string_equal(desk.noted, "resume nix");
	desk.prong.ends = -EINVAL;
	assert_non_null(
	    strstr(desk_ask(&desk, fd, "kill x\n"), "'x' is not a session's id"));
	(void)close(fd);
	desk_done(&desk);
}

static void
drain_is_the_business_of_the_command(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 4);
	fd = desk_connect(&desk);
	assert_string_equal(
	    desk_ask(&desk, fd, "drain 2s\n"), "{\"sessions\":4,\"done\":true}\n");
	assert_int_equal(desk.drained, 2000);
	(void)desk_ask(&desk, fd, "drain\n");
	assert_int_equal(desk.drained, -1);
	(void)desk_ask(&desk, fd, "drain now\n");
	assert_int_equal(desk.drained, 0);
	(void)close(fd);
	desk_done(&desk);
}

/* ---- how they come ------------------------------------------------------------ */

static void
requests_are_answered_in_their_order_however_they_come(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, fd, "ps\npause\nfoo\nps\n"),
	    "{\"done\":true}\n{\"done\":true}\n"
	    "{\"error\":\"'foo' is not a request; 'help' lists them\"}\n"
	    "{\"done\":true}\n");
	assert_string_equal(desk_ask(&desk, fd, "p"), "");
	assert_string_equal(desk_ask(&desk, fd, "s"), "");
	assert_string_equal(desk_ask(&desk, fd, "\n"), "{\"done\":true}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
one_who_stops_writing_still_gets_the_whole_answer(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 50000);
	fd = desk_connect(&desk);
	desk_say(fd, "ps\n");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(desk_lines(desk_hear(&desk, fd)), 25000 * 2 + 1);
	assert_true(desk_is_over(&desk, fd));
	(void)close(fd);
	desk_done(&desk);
}

static void
one_who_does_not_read_holds_nobody_up(void **state)
{
	struct desk desk;
	int slow, quick;

	(void)state;
	desk_init(&desk, 50000);
	slow = desk_connect(&desk);
	desk_say(slow, "ps\n");
	assert_true(fake_turn(&desk.prong));
	assert_false(fake_turn(&desk.prong)); /* nothing more can be done for it */
	quick = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, quick, "pause\n"), "{\"done\":true}\n");
	assert_int_equal(desk_lines(desk_hear(&desk, slow)), 50001);
	(void)close(slow);
	(void)close(quick);
	desk_done(&desk);
}

static void
garbage_is_answered_with_an_error(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	assert_int_equal(send(fd, "ps\0all\n", 7, 0), 7);
	assert_string_equal(desk_hear(&desk, fd),
	    "{\"error\":\"a request has no control characters\"}\n");
	assert_string_equal(desk_ask(&desk, fd, "p\xff\"s\\\n"),
	    "{\"error\":\"'p\\\\xff\\\"s\\\\\\\\' is not a request; 'help' lists them\"}\n");
	assert_string_equal(desk_ask(&desk, fd, " \n"),
	    "{\"error\":\"an empty line is no request; 'help' lists them\"}\n");
	assert_string_equal(desk_ask(&desk, fd, "a b c d e\n"),
	    "{\"error\":\"no request has that many words; 'help' lists them\"}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
a_request_that_does_not_end_is_cut_off(void **state)
{
	static char much[64 * 1024];
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	memset(much, 'x', sizeof(much));
	fd = desk_connect(&desk);
	assert_true(send(fd, much, sizeof(much), MSG_DONTWAIT) > 1024);
	assert_string_equal(desk_hear(&desk, fd),
	    "{\"error\":\"a request is at most 1024 bytes long\"}\n");
	assert_true(send(fd, much, 1, MSG_NOSIGNAL) < 0);
	(void)close(fd);
	desk_done(&desk);
}

static void
a_client_may_go_at_any_time(void **state)
{
	static const char *const said[] = { "", "p", "ps", "ps\n", "ps\nps", "reload\n" };
	struct desk desk;

	(void)state;
	desk_init(&desk, 50000);
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		for (int turns = 0; turns < 2; turns++) {
			int fd = desk_connect(&desk);

			desk_say(fd, said[i]);
			if (turns > 0)
				(void)fake_turn(&desk.prong);
			(void)close(fd);
			(void)fake_turn(&desk.prong);
			/* The socket and the timer are what is left. */
			assert_int_equal(fake_watched(&desk.prong), 2);
		}
	desk_done(&desk);
}

static void
one_too_many_is_told_so(void **state)
{
	struct desk desk;
	int fds[CONTROL_CLIENTS], one_more;

	(void)state;
	desk_init(&desk, 0);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		fds[i] = desk_connect(&desk);
	one_more = desk_connect(&desk);
	assert_string_equal(desk_hear(&desk, one_more),
	    "{\"error\":\"16 clients are connected already\"}\n");
	assert_true(desk_is_over(&desk, one_more));
	(void)close(one_more);
	(void)close(fds[3]);
	(void)fake_turn(&desk.prong);
	one_more = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, one_more, "ps\n"), "{\"done\":true}\n");
	fds[3] = one_more;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		(void)close(fds[i]);
	(void)fake_turn(&desk.prong);
	desk_done(&desk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_tells_of_the_server_and_each_service),
		cmocka_unit_test(what_is_started_ahead_is_told_where_there_is_such),
		cmocka_unit_test(sessions_are_told_of_one_by_one),
		cmocka_unit_test(settings_that_are_too_long_have_no_value),
		cmocka_unit_test(isolation_is_told_measure_by_measure),
		cmocka_unit_test(help_lists_every_request),
		cmocka_unit_test(what_steers_reaches_the_engine),
		cmocka_unit_test(drain_is_the_business_of_the_command),
		cmocka_unit_test(requests_are_answered_in_their_order_however_they_come),
		cmocka_unit_test(one_who_stops_writing_still_gets_the_whole_answer),
		cmocka_unit_test(one_who_does_not_read_holds_nobody_up),
		cmocka_unit_test(garbage_is_answered_with_an_error),
		cmocka_unit_test(a_request_that_does_not_end_is_cut_off),
		cmocka_unit_test(a_client_may_go_at_any_time),
		cmocka_unit_test(one_too_many_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
