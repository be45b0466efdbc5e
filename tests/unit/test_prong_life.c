/*
 * The life of a server in its host: stopping, freeing, forking, and not being alone.
 */
#include "embed.h"
#include "hosted.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "apart.h"
#include "facts.h"

/* Says that it is there, and lasts until the client is gone. */
static int
hold(const struct prong_birth *birth, void *context)
{
	char byte = '!';

	(void)birth;
	(void)context;
	if (write(1, &byte, 1) != 1)
		return 1;
	while (read(0, &byte, 1) > 0)
		continue;
	return 0;
}

static struct prong_service *
start_holding(void)
{
	struct prong_service *service = embed_handler(&it, "hold", hold, NULL);

	/* No deadline of the server's has a part in this. */
	assert_int_equal(prong_set(service, "drain-timeout", "off"), 0);
	assert_int_equal(prong_set(service, "eof-grace", "off"), 0);
	assert_int_equal(prong_set(service, "on-hangup", "keep"), 0);
	embed_start(&it);
	return service;
}

/* A client whose handler is there: a child of a fork has copies of all the host's
 * descriptors until it gets that far. */
static int
enter(const struct prong_service *service)
{
	int client = client_open(prong_bound(service, 0));
	char byte;

	(void)embed_wait(&it, "session-begin");
	assert_int_equal(read(client, &byte, 1), 1);
	return client;
}

static void
draining_lets_sessions_go_on_and_no_client_in(void **state)
{
	struct prong_service *service = start_holding();
	char bound[128];
	int client, late;

	(void)state;
	(void)snprintf(bound, sizeof(bound), "%s", prong_bound(service, 0));
	client = enter(service);
	assert_int_equal(prong_drain(it.server), 0);
	assert_int_equal(told_number(embed_find(&it, "draining"), "live"), 1);
	assert_int_equal(prong_dispatch(it.server, 0), 0);

	late = client_try(bound);
	assert_int_equal(late, -ECONNREFUSED);
	close_fd(&client);
	embed_wait_drained(&it);
	assert_string_equal(
	    told_text(embed_find(&it, "session-end"), "ending"), "exited");
	assert_string_equal(
	    embed_find(&it, "drained")->sentence, "stopped: 1 session served, 0 refused");
	assert_int_equal(prong_dispatch(it.server, -1), 1);
}

static void
draining_without_sessions_is_over_at_once(void **state)
{
	(void)state;
	(void)start_holding();
	assert_int_equal(prong_drain(it.server), 0);
	assert_int_equal(prong_dispatch(it.server, -1), 1);
	assert_non_null(embed_find(&it, "drained"));
}

static void
draining_twice_ends_sessions(void **state)
{
	struct prong_service *service = start_holding();
	int client = enter(service);
	const struct told *end;

	(void)state;
	assert_int_equal(prong_drain(it.server), 0);
	assert_null(embed_find(&it, "ending"));
	assert_int_equal(prong_drain(it.server), 0);
	assert_int_equal(told_number(embed_find(&it, "ending"), "live"), 1);
	embed_wait_drained(&it);
	end = embed_find(&it, "session-end");
	assert_string_equal(told_text(end, "signal"), "TERM");
	assert_string_equal(told_text(end, "cause"), "drain");
	assert_string_equal(client_hear(&client), "");
}

static void
killing_ends_all_sessions_at_once(void **state)
{
	struct prong_service *service = start_holding();
	int clients[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		clients[i] = enter(service);
	assert_int_equal(prong_kill(it.server), 0);
	embed_wait_drained(&it);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		const struct told *end = embed_wait(&it, "session-end");

		assert_string_equal(told_text(end, "signal"), "KILL");
		assert_string_equal(told_text(end, "cause"), "kill");
		assert_string_equal(client_hear(&clients[i]), "");
	}
	/* The server's own process goes with the server. */
	embed_done(&it);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
freeing_ends_sessions_and_leaves_nothing(void **state)
{
	int open_before;
	struct prong_service *service;
	pid_t pid;
	int client;

	(void)state;
	embed_done(&it);
	open_before = facts_open_files();
	embed_init(&it);
	service = start_holding();
	client = enter(service);
	pid = (pid_t)told_number(embed_find(&it, "session-begin"), "pid");
	assert_int_equal(kill(pid, 0), 0);
	embed_done(&it);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_string_equal(told_text(embed_find(&it, "session-end"), "signal"), "KILL");
	assert_string_equal(client_hear(&client), "");
	assert_int_equal(facts_open_files(), open_before);
}

static int
free_in_a_child(void)
{
	prong_free(it.server);
	return 0;
}

/* There is work within a time that is far longer than it takes. */
static bool
has_work(void)
{
	struct pollfd work = { .fd = prong_fd(it.server), .events = POLLIN };

	return poll(&work, 1, 10000) == 1;
}

static void
freeing_in_a_forked_child_does_nothing_to_the_server(void **state)
{
	struct prong_service *service = start_holding();
	int first = enter(service), second;

	(void)state;
	assert_int_equal(apart(free_in_a_child), 0);
	second = client_open(prong_bound(service, 0));
	assert_true(has_work());
	(void)embed_wait(&it, "session-begin");
	close_fd(&second);
	(void)embed_wait(&it, "session-end");
	close_fd(&first);
	assert_true(has_work());
	(void)embed_wait(&it, "session-end");
}

static void
two_servers_of_one_process_do_not_meet(void **state)
{
	struct prong_service *one = start_holding();
	struct prong_service *two;
	static struct embed other;
	int first, second;

	(void)state;
	embed_init(&other);
	two = embed_program(&other, "two", (const char *[]){ "@hello", NULL });
	embed_start(&other);
	first = client_open(prong_bound(one, 0));
	second = client_open(prong_bound(two, 0));
	(void)embed_wait(&other, "session-end");
	assert_true(strlen(client_hear(&second)) > 0);
	(void)embed_wait(&it, "session-begin");
	assert_null(embed_find(&it, "session-end"));
	embed_done(&other);

	close_fd(&first);
	assert_string_equal(
	    told_text(embed_wait(&it, "session-end"), "ending"), "exited");
	for (size_t i = 0; i < other.told_count; i++)
		assert_string_not_equal(other.told[i].service, "hold");
}

static void
two_services_of_one_server_have_their_own_programs(void **state)
{
	struct prong_service *one =
	    embed_program(&it, "one", (const char *[]){ "sh", "-c", "echo 1", NULL });
	struct prong_service *two =
	    embed_program(&it, "two", (const char *[]){ "sh", "-c", "echo 2", NULL });
	int first, second;

	(void)state;
	embed_start(&it);
	first = client_open(prong_bound(one, 0));
	second = client_open(prong_bound(two, 0));
	(void)embed_wait(&it, "session-end");
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&first), "1\n");
	assert_string_equal(client_hear(&second), "2\n");
}

static void
a_host_that_takes_all_children_loses_no_session(void **state)
{
	struct prong_service *service = start_holding();
	const struct told *end;
	int client;
	pid_t pid;

	(void)state;
	client = enter(service);
	pid = (pid_t)told_number(embed_find(&it, "session-begin"), "pid");
	close_fd(&client);
	assert_int_equal(waitpid(-1, NULL, 0), pid);
	end = embed_wait(&it, "session-end");
	assert_string_equal(
	    told_text(end, "ending"), host_keeps_statuses() ? "exited" : "unknown");
	assert_int_equal(told_number(end, "status"), host_keeps_statuses() ? 0 : -1);
}

static void
orphans_are_reaped_and_sessions_are_not(void **state)
{
	struct prong_service *service = start_holding();
	int client = enter(service), leash[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(leash, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(9);
	(void)close(leash[1]);
	assert_int_equal(read(leash[0], &byte, 1), 0); /* it is gone */
	(void)close(leash[0]);
	while (embed_find(&it, "orphan") == NULL)
		assert_int_equal(prong_reap_orphans(it.server), 0);
	assert_int_equal(told_number(embed_find(&it, "orphan"), "pid"), pid);
	assert_int_equal(told_number(embed_find(&it, "orphan"), "status"), 9);
	close_fd(&client);
	assert_string_equal(
	    told_text(embed_wait(&it, "session-end"), "ending"), "exited");
}

static void
a_server_is_paused_before_it_starts(void **state)
{
	struct prong_service *service = embed_handler(&it, "hold", hold, NULL);
	struct prong_service_facts facts;
	int client;

	(void)state;
	assert_int_equal(prong_pause(it.server, NULL), 0);
	embed_start(&it);
	prong_service_facts(service, &facts, sizeof(facts));
	assert_string_equal(facts.state, "held");
	client = client_open(prong_bound(service, 0));
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_null(embed_find(&it, "session-begin"));
	assert_int_equal(prong_resume(it.server, "hold"), 0);
	(void)embed_wait(&it, "session-begin");
	close_fd(&client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(draining_lets_sessions_go_on_and_no_client_in),
		EMBED_TEST(draining_without_sessions_is_over_at_once),
		EMBED_TEST(draining_twice_ends_sessions),
		EMBED_TEST(killing_ends_all_sessions_at_once),
		EMBED_TEST(freeing_ends_sessions_and_leaves_nothing),
		EMBED_TEST(freeing_in_a_forked_child_does_nothing_to_the_server),
		EMBED_TEST(two_servers_of_one_process_do_not_meet),
		EMBED_TEST(two_services_of_one_server_have_their_own_programs),
		EMBED_TEST(a_host_that_takes_all_children_loses_no_session),
		EMBED_TEST(a_server_is_paused_before_it_starts),
		EMBED_TEST(orphans_are_reaped_and_sessions_are_not),
	};

	return cmocka_run_group_tests_name("prong_life", tests, NULL, NULL);
}
