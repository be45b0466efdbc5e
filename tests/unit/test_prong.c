/*
 * Sessions as an embedding program has them: what clients get, and what is told.
 */
#include "embed.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "scratch.h"

static struct prong_service *
shell_service(const char *script)
{
	return embed_program(&it, "sh", (const char *[]){ "sh", "-c", script, NULL });
}

static void
a_program_serves_its_client(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "echo", (const char *[]){ "@echo", NULL });
	const struct told *begin, *end;
	int client;

	(void)state;
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	client_say(client, "hello");
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	begin = embed_wait(&it, "session-begin");
	end = embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "hello");

	assert_string_equal(begin->service, "echo");
	assert_int_equal(strlen(begin->id), 13);
	assert_string_equal(begin->id, end->id);
	assert_memory_equal(told_text(begin, "source"), "127.0.0.1:", 10);
	assert_string_equal(told_text(begin, "source"), told_text(end, "source"));
	assert_true(told_number(begin, "pid") > 0);
	assert_int_equal(told_number(begin, "live"), 1);
	assert_int_equal(told_number(begin, "pid"), told_number(end, "pid"));
	assert_string_equal(told_text(end, "ending"), "exited");
	assert_int_equal(told_number(end, "status"), 0);
	assert_int_equal(told_number(end, "bytes_in"), 5);
	assert_int_equal(told_number(end, "bytes_out"), 5);
	assert_true(told_number(end, "duration_ms") >= 0);
}

static void
the_start_tells_where_it_serves(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "echo", (const char *[]){ "@echo", NULL });
	const struct told *serving;
	char expected[256];

	(void)state;
	assert_int_equal(prong_set(service, "max", "7"), 0);
	embed_start(&it);
	serving = embed_find(&it, "serving");
	assert_non_null(serving);
	(void)snprintf(expected, sizeof(expected),
	    "echo: serving @echo on %s; at most 7 sessions at once (as asked)",
	    prong_bound(service, 0));
	assert_string_equal(serving->sentence, expected);
	assert_null(prong_bound(service, 1));
}

struct handled {
	const char *word;
	int status;
};

static int
tell_birth(const struct prong_birth *birth, void *context)
{
	const struct handled *handled = context;
	const struct sockaddr_in *in = (const void *)birth->peer;
	const char *const *variable = birth->environment;

	while (*variable != NULL && strncmp(*variable, "TCPREMOTEPORT=", 14) != 0)
		variable++;
	printf("%s %s %s %d %d %d %s", handled->word, birth->service, birth->source,
	    (int)birth->number, in->sin_family == AF_INET, ntohs(in->sin_port),
	    *variable);
	return handled->status;
}

static void
a_handler_knows_its_connection(void **state)
{
	struct handled handled = { "hi", 300 };
	struct prong_service *service = embed_handler(&it, "hand", tell_birth, &handled);

	(void)state;
	embed_start(&it);
	for (int i = 1; i <= 2; i++) {
		int client = client_open(prong_bound(service, 0));
		const struct told *end = embed_wait(&it, "session-end");
		const char *source = told_text(end, "source");
		const char *port = strrchr(source, ':') + 1;
		char expected[256];

		(void)snprintf(expected, sizeof(expected),
		    "hi hand %s %d 1 %s TCPREMOTEPORT=%s", source, i, port, port);
		assert_string_equal(client_hear(&client), expected);
		assert_int_equal(told_number(end, "status"), 300 & 0xff);
	}
}

static void
an_ending_by_a_signal_is_told(void **state)
{
	struct prong_service *service = shell_service("kill -PIPE $$");
	const struct told *end;
	int client;

	(void)state;
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	end = embed_wait(&it, "session-end");
	assert_string_equal(told_text(end, "ending"), "killed");
	assert_string_equal(told_text(end, "signal"), "PIPE");
	assert_int_equal(told_number(end, "status"), SIGPIPE);
	assert_string_equal(client_hear(&client), "");
}

static void
what_a_program_complains_about_is_told_line_by_line(void **state)
{
	static const char *const lines[] = { "one", "", "two\r three", "four" };
	struct prong_service *service =
	    shell_service("printf 'one\\n\\ntwo\\r three\\r\\nfour' >&2");
	int client;

	(void)state;
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_string_equal(
		    told_text(embed_wait(&it, "stderr"), "line"), lines[i]);
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "");
}

static void
a_long_line_is_told_in_pieces(void **state)
{
	struct prong_service *service = shell_service("printf '%1500s\\n' x >&2");
	int client;

	(void)state;
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	assert_int_equal(strlen(told_text(embed_wait(&it, "stderr"), "line")), 1000);
	assert_int_equal(strlen(told_text(embed_wait(&it, "stderr"), "line")), 500);
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "");
}

static void
a_banner_comes_before_the_program(void **state)
{
	struct prong_service *service = shell_service("echo hello");
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "banner", "welcome\\n"), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "welcome\nhello\n");
}

static void
a_client_too_many_is_told_so(void **state)
{
	struct prong_service *service = shell_service("read -r line");
	const struct told *refused;
	struct prong_stats stats;
	int first, second;

	(void)state;
	(void)prong_set(service, "max-per-source", "1");
	(void)prong_set(service, "refuse-text", "busy\\n");
	embed_start(&it);
	first = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-begin");
	second = client_open(prong_bound(service, 0));
	refused = embed_wait(&it, "refused");
	assert_string_equal(client_hear(&second), "busy\n");
	assert_string_equal(told_text(refused, "reason"), "source-full");
	assert_string_equal(told_text(refused, "why"), "1 of 1 session from 127.0.0.1");
	close_fd(&first);
	(void)embed_wait(&it, "session-end");

	prong_stats(it.server, &stats, sizeof(stats));
	assert_int_equal(stats.accepted, 1);
	assert_int_equal(stats.refused, 1);
	assert_int_equal(stats.ended, 1);
	assert_int_equal(stats.live, 0);
	assert_int_equal(stats.most, 1);
}

static void
a_full_service_refuses_if_it_was_asked_to(void **state)
{
	struct prong_service *service = shell_service("read -r line");
	int first, second;

	(void)state;
	(void)prong_set(service, "max", "1");
	(void)prong_set(service, "when-full", "refuse");
	embed_start(&it);
	first = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-begin");
	second = client_open(prong_bound(service, 0));
	assert_string_equal(
	    told_text(embed_wait(&it, "refused"), "why"), "1 of 1 session");
	assert_string_equal(client_hear(&second), "");
	close_fd(&first);
}

static void
a_full_service_lets_the_next_client_wait(void **state)
{
	struct prong_service *service = shell_service("read -r line; echo $line");
	int first, second;

	(void)state;
	(void)prong_set(service, "max", "1");
	embed_start(&it);
	first = client_open(prong_bound(service, 0));
	second = client_open(prong_bound(service, 0));
	client_say(second, "two\n");
	(void)embed_wait(&it, "session-begin");
	client_say(first, "one\n");
	(void)embed_wait(&it, "session-end");
	(void)embed_wait(&it, "session-begin");
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&first), "one\n");
	assert_string_equal(client_hear(&second), "two\n");
	assert_null(embed_find(&it, "refused"));
}

static void
a_handler_that_cannot_be_prepared_is_told_and_the_service_recovers(void **state)
{
	struct handled handled = { "hi", 0 };
	struct prong_service *service = embed_handler(&it, "hand", tell_birth, &handled);
	struct scratch scratch;
	const struct told *end;
	struct prong_stats stats;
	int client;

	(void)state;
	scratch_init(&scratch);
	(void)prong_set(service, "dir", scratch_path(&scratch, "later"));
	assert_int_equal(mkdir(scratch.path, 0755), 0);
	embed_start(&it);
	assert_int_equal(rmdir(scratch.path), 0);
	client = client_open(prong_bound(service, 0));
	end = embed_wait(&it, "session-end");
	assert_string_equal(told_text(end, "ending"), "stage");
	assert_string_equal(told_text(end, "stage"), "dir");
	assert_non_null(strstr(told_text(end, "error"), strerror(ENOENT)));
	assert_string_equal(client_hear(&client), "");
	assert_non_null(embed_find(&it, "spawn-failed"));
	prong_stats(it.server, &stats, sizeof(stats));
	assert_int_equal(stats.failed, 1);

	assert_int_equal(mkdir(scratch.path, 0755), 0);
	client = client_open(prong_bound(service, 0));
	assert_string_equal(
	    told_text(embed_wait(&it, "session-end"), "ending"), "exited");
	(void)client_hear(&client);
	scratch_done(&scratch);
}

static void
it_nests_in_the_hosts_own_loop(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "hello", (const char *[]){ "@hello", NULL });
	struct pollfd work;
	int client;

	(void)state;
	embed_start(&it);
	work = (struct pollfd){ .fd = prong_fd(it.server), .events = POLLIN };
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_int_equal(poll(&work, 1, 0), 0);
	client = client_open(prong_bound(service, 0));
	while (embed_find(&it, "session-end") == NULL) {
		assert_int_equal(poll(&work, 1, -1), 1);
		assert_int_equal(prong_dispatch(it.server, 0), 0);
	}
	assert_int_not_equal(strlen(client_hear(&client)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_program_serves_its_client),
		EMBED_TEST(the_start_tells_where_it_serves),
		EMBED_TEST(a_handler_knows_its_connection),
		EMBED_TEST(an_ending_by_a_signal_is_told),
		EMBED_TEST(what_a_program_complains_about_is_told_line_by_line),
		EMBED_TEST(a_long_line_is_told_in_pieces),
		EMBED_TEST(a_banner_comes_before_the_program),
		EMBED_TEST(a_client_too_many_is_told_so),
		EMBED_TEST(a_full_service_refuses_if_it_was_asked_to),
		EMBED_TEST(a_full_service_lets_the_next_client_wait),
		EMBED_TEST(
		    a_handler_that_cannot_be_prepared_is_told_and_the_service_recovers),
		EMBED_TEST(it_nests_in_the_hosts_own_loop),
	};

	return cmocka_run_group_tests_name("prong", tests, NULL, NULL);
}
