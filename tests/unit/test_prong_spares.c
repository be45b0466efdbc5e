/*
 * A library's handlers and built-ins that wait for their clients: spares.
 */
#include "embed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Everything a handler is told, in one line. */
static int
tell(const struct prong_birth *birth, void *context)
{
	const struct sockaddr_in *peer = (const struct sockaddr_in *)birth->peer;
	const char *remote = "";

	for (size_t i = 0; birth->environment[i] != NULL; i++)
		if (strncmp(birth->environment[i], "TCPREMOTEPORT=", 14) == 0)
			remote = birth->environment[i] + 14;
	printf("%s %s %s %llu %d %s %s", (const char *)context, birth->id, birth->service,
	    (unsigned long long)birth->number, (int)ntohs(peer->sin_port), remote,
	    strrchr(birth->source, ':') + 1);
	return 7;
}

static struct prong_service *
start_telling(const char *min)
{
	static char word[] = "handler";
	struct prong_service *service = embed_handler(&it, "tell", tell, word);

	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_set(service, "spares-min", min), 0);
	embed_start(&it);
	return service;
}

static void
a_handler_that_waited_is_told_everything(void **state)
{
	struct prong_service *service = start_telling("2");
	const struct told *begin, *end;
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	char expected[256];
	int client;

	(void)state;
	embed_wait_ready(&it, service, 2);
	client = client_open(prong_bound(service, 0));
	assert_int_equal(getsockname(client, (struct sockaddr *)&own, &length), 0);
	begin = embed_wait(&it, "session-begin");
	assert_string_equal(told_text(begin, "start"), "spare");
	end = embed_wait(&it, "session-end");
	assert_int_equal(told_number(end, "status"), 7);
	(void)snprintf(expected, sizeof(expected), "handler %s tell 1 %d %d %d",
	    begin->id, ntohs(own.sin_port), ntohs(own.sin_port), ntohs(own.sin_port));
	assert_string_equal(client_hear(&client), expected);
}

/* Does it lead its session, and what ends it with its parent? */
static int
tell_place(const struct prong_birth *birth, void *context)
{
	int number = 0;

	(void)birth;
	(void)context;
	(void)prctl(PR_GET_PDEATHSIG, &number);
	printf("%s, %d", getsid(0) == getpid() ? "leads" : "follows", number);
	return 0;
}

static void
a_handler_that_waited_leads_its_session_and_ends_with_us(void **state)
{
	struct prong_service *service = embed_handler(&it, "tell", tell_place, NULL);
	char expected[32];
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_set(service, "orphans", "kill"), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 1);
	client = client_open(prong_bound(service, 0));
	assert_string_equal(
	    told_text(embed_wait(&it, "session-begin"), "start"), "spare");
	(void)embed_wait(&it, "session-end");
	(void)snprintf(expected, sizeof(expected), "leads, %d", SIGKILL);
	assert_string_equal(client_hear(&client), expected);
}

/* Its socket's peer is the proxy. */
static void
a_handler_that_waited_is_told_the_client_of_a_proxy(void **state)
{
	static char word[] = "handler";
	struct prong_service *service = embed_handler(&it, "tell", tell, word);
	const struct told *begin;
	char expected[256];
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_set(service, "proxy-from", "127.0.0.1"), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 1);
	client = client_open(prong_bound(service, 0));
	client_say(client, "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n");
	begin = embed_wait(&it, "session-begin");
	assert_string_equal(told_text(begin, "start"), "spare");
	(void)embed_wait(&it, "session-end");
	(void)snprintf(
	    expected, sizeof(expected), "handler %s tell 1 56324 56324 56324", begin->id);
	assert_string_equal(client_hear(&client), expected);
}

/* There is an image by then, and what it was asked for comes later. */
static void
a_client_that_meets_none_gets_the_next_copy(void **state)
{
	struct prong_service *service = start_telling("1");
	struct prong_spares spares;
	int clients[8];

	(void)state;
	embed_wait_ready(&it, service, 1);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		clients[i] = client_open(prong_bound(service, 0));
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		(void)embed_wait(&it, "session-end");
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		assert_memory_equal(client_hear(&clients[i]), "handler ", 8);
	prong_spares(service, &spares, sizeof(spares));
	assert_int_equal(spares.hits + spares.misses, ARRAY_SIZE(clients));
	assert_true(spares.hits > 0 && spares.misses > 0);
	assert_string_equal(spares.in_force, "spare");
}

static pid_t
child_of_ours(void)
{
	siginfo_t info = { 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_pid;
}

static void
nobody_is_left_when_a_server_is_freed(void **state)
{
	struct prong_service *service = start_telling("8");

	(void)state;
	embed_wait_ready(&it, service, 8);
	prong_free(it.server);
	it.server = NULL;
	assert_int_equal(child_of_ours(), 0);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
}

static void
a_reload_ends_what_waits_and_starts_anew(void **state)
{
	struct prong_service *service = start_telling("3");
	static char word[] = "another";
	char bound[128];
	int client;

	(void)state;
	embed_wait_ready(&it, service, 3);
	(void)snprintf(bound, sizeof(bound), "%s", prong_bound(service, 0));
	assert_int_equal(prong_reload_begin(it.server), 0);
	service = prong_service_add(it.server, "tell");
	assert_non_null(service);
	assert_int_equal(prong_listen(service, bound), 0);
	assert_int_equal(prong_handler(service, tell, word), 0);
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_reload_commit(it.server), 0);
	embed_wait_ready(&it, service, 1);
	client = client_open(bound);
	(void)embed_wait(&it, "session-end");
	assert_memory_equal(client_hear(&client), "another ", 8);
}

static void
a_server_that_drains_keeps_none(void **state)
{
	struct prong_service *service = start_telling("4");

	(void)state;
	embed_wait_ready(&it, service, 4);
	assert_int_equal(prong_drain(it.server), 0);
	embed_wait_drained(&it);
	assert_int_equal(embed_ready(service), 0);
}

static void
a_stage_that_fails_is_said_and_clients_get_fresh_ones(void **state)
{
	static char word[] = "x";
	struct prong_service *service = embed_handler(&it, "tell", tell, word);
	char dir[] = "/tmp/prong-spares-XXXXXX";
	int client;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_set(service, "dir", dir), 0);
	embed_start(&it);
	assert_int_equal(rmdir(dir), 0);
	assert_non_null(strstr(
	    told_text(embed_wait(&it, "spares-failed"), "reason"), "stage \"dir\""));
	assert_int_equal(mkdir(dir, 0700), 0);
	client = client_open(prong_bound(service, 0));
	assert_string_equal(told_text(embed_wait(&it, "session-begin"), "start"), "");
	assert_int_equal(told_number(embed_wait(&it, "session-end"), "status"), 7);
	assert_memory_equal(client_hear(&client), "x ", 2);
	assert_int_equal(rmdir(dir), 0);
}

static void
a_built_in_waits_as_well(void **state)
{
	const char *const argv[] = { "@echo", NULL };
	struct prong_service *service = embed_program(&it, "echo", argv);
	struct prong_spares spares;
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "start", "clone"), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 1);
	client = client_open(prong_bound(service, 0));
	client_say(client, "well met");
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "well met");
	prong_spares(service, &spares, sizeof(spares));
	assert_string_equal(spares.asked, "clone");
	assert_string_equal(spares.in_force, "spare");
	assert_int_equal(spares.hits, 1);
}

static void
put_script(const char *path, const char *word)
{
	char new[64];
	FILE *file;

	(void)snprintf(new, sizeof(new), "%s.new", path);
	file = fopen(new, "we");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nread -r line\necho %s\n", word);
	assert_int_equal(fchmod(fileno(file), 0700), 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(new, path), 0);
}

static void
check_script(const struct prong_service *service, const char *word)
{
	char expected[16];
	int client = client_open(prong_bound(service, 0));

	client_say(client, "line\n");
	(void)embed_wait(&it, "session-end");
	(void)snprintf(expected, sizeof(expected), "%s\n", word);
	assert_string_equal(client_hear(&client), expected);
}

/* In the same millisecond as a client of the old one, perhaps. */
static void
who_comes_after_a_change_meets_what_is_there_now(void **state)
{
	static const char *const words[] = { "first", "second", "third", "last" };
	char folder[] = "/tmp/prong-test-XXXXXX", path[48];
	const char *const argv[] = { path, NULL };
	struct prong_service *service;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/script", folder);
	put_script(path, words[0]);
	service = embed_program(&it, "script", argv);
	assert_int_equal(prong_set(service, "start", "warm"), 0);
	assert_int_equal(prong_set(service, "spares-min", "2"), 0);
	embed_start(&it);
	for (size_t i = 1; i < ARRAY_SIZE(words); i++) {
		embed_wait_ready(&it, service, 2);
		check_script(service, words[i - 1]);
		put_script(path, words[i]);
		check_script(service, words[i]);
	}
	(void)unlink(path);
	(void)rmdir(folder);
}

/* We do nothing after the hand-over, and still have the connection open. */
static void
the_client_learns_of_the_end_from_its_own_process(void **state)
{
	const char *const echo[] = { "@echo", NULL };
	static char word[] = "handler";
	struct prong_service *services[] = {
		embed_handler(&it, "tell", tell, word),
		embed_program(&it, "echo", echo),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		assert_int_equal(prong_set(services[i], "start", "spare"), 0);
	embed_start(&it);
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		int client;

		embed_wait_ready(&it, services[i], 1);
		client = client_open(prong_bound(services[i], 0));
		client_say(client, "handler ");
		assert_int_equal(shutdown(client, SHUT_WR), 0);
		(void)embed_wait(&it, "session-begin");
		assert_memory_equal(client_hear(&client), "handler ", 8);
	}
}

static int
complain(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return write(2, "oops\n", 5) == 5 ? 0 : 1;
}

static int
start_complaining(const char *to)
{
	struct prong_service *service = embed_handler(&it, "complain", complain, NULL);

	assert_int_equal(prong_set(service, "start", "spare"), 0);
	assert_int_equal(prong_set(service, "stderr", to), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 1);
	return client_open(prong_bound(service, 0));
}

static void
error_output_of_a_handler_that_waited_is_its_sessions(void **state)
{
	int client = start_complaining("log");
	const struct told *begin = embed_wait(&it, "session-begin"), *line;

	(void)state;
	assert_string_equal(told_text(begin, "start"), "spare");
	line = embed_wait(&it, "stderr");
	assert_string_equal(told_text(line, "line"), "oops");
	assert_string_equal(line->id, begin->id);
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "");
}

static void
error_output_of_a_handler_that_waited_may_go_to_the_client(void **state)
{
	int client = start_complaining("client");

	(void)state;
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "oops\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_handler_that_waited_is_told_everything),
		EMBED_TEST(a_handler_that_waited_is_told_the_client_of_a_proxy),
		EMBED_TEST(a_handler_that_waited_leads_its_session_and_ends_with_us),
		EMBED_TEST(a_client_that_meets_none_gets_the_next_copy),
		EMBED_TEST(nobody_is_left_when_a_server_is_freed),
		EMBED_TEST(a_reload_ends_what_waits_and_starts_anew),
		EMBED_TEST(a_server_that_drains_keeps_none),
		EMBED_TEST(a_stage_that_fails_is_said_and_clients_get_fresh_ones),
		EMBED_TEST(a_built_in_waits_as_well),
		EMBED_TEST(who_comes_after_a_change_meets_what_is_there_now),
		EMBED_TEST(error_output_of_a_handler_that_waited_is_its_sessions),
		EMBED_TEST(error_output_of_a_handler_that_waited_may_go_to_the_client),
		EMBED_TEST(the_client_learns_of_the_end_from_its_own_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
