/*
 * Another set of services in place of the one that serves: all or nothing, no listener
 * closed for an instant, sessions and counts that go on.
 */
#include "embed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "engine.h"
#include "listener.h"

static const char *const cat[] = { "/bin/cat", NULL };
static const char *const hello[] = { "@hello", NULL };

static struct prong_service *
add(const char *name, const char *where, const char *const program[])
{
	struct prong_service *service = prong_service_add(it.server, name);

	assert_non_null(service);
	assert_int_equal(prong_listen(service, where), 0);
	assert_int_equal(prong_program(service, program), 0);
	return service;
}

static void
set(struct prong_service *service, const char *name, const char *value)
{
	assert_int_equal(prong_set(service, name, value), 0);
}

static void
begin(void)
{
	assert_int_equal(prong_reload_begin(it.server), 0);
}

static void
commit(void)
{
	if (prong_reload_commit(it.server) < 0)
		fail_msg("%s", prong_error(it.server));
}

static const char *
bound_of(const char *name)
{
	static char bound[128];
	const struct prong_service *service = prong_service_find(it.server, name);

	assert_non_null(service);
	(void)snprintf(bound, sizeof(bound), "%s", prong_bound(service, 0));
	return bound;
}

static struct prong_service_facts
facts_of(const char *name)
{
	struct prong_service_facts facts;

	prong_service_facts(prong_service_find(it.server, name), &facts, sizeof(facts));
	return facts;
}

static struct prong_stats
stats_of(const char *name)
{
	struct prong_stats stats;

	prong_service_stats(prong_service_find(it.server, name), &stats, sizeof(stats));
	return stats;
}

/* A client whose program runs. */
static int
enter(const char *name)
{
	int client = client_open(bound_of(name));

	(void)embed_wait(&it, "session-begin");
	return client;
}

static void
expect_echo(int client)
{
	char byte;

	client_say(client, "x");
	assert_int_equal(recv(client, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
}

static void
leave(int client)
{
	close_fd(&client);
	(void)embed_wait(&it, "session-end");
}

static void
a_client_that_waits_in_the_queue_is_served_by_the_new_set(void **state)
{
	char before[128];
	int client;

	(void)state;
	(void)add("one", "127.0.0.1:0", cat);
	embed_start(&it);
	(void)snprintf(before, sizeof(before), "%s", bound_of("one"));
	client = client_open(before);
	begin();
	(void)add("one", "127.0.0.1:0", hello);
	commit();
	assert_string_equal(bound_of("one"), before);
	(void)embed_wait(&it, "session-end");
	assert_non_null(strstr(client_hear(&client), "ello"));
}

static void
whatever_is_wrong_leaves_the_old_set_as_it_is(void **state)
{
	static const char *const missing[] = { "/nonexistent", NULL };
	char before[128];
	int client;

	(void)state;
	(void)add("one", "127.0.0.1:0", cat);
	embed_start(&it);
	(void)snprintf(before, sizeof(before), "%s", bound_of("one"));
	begin();
	(void)add("one", "127.0.0.1:0", missing);
	(void)add("two", "127.0.0.1:0", missing);
	assert_true(prong_reload_commit(it.server) < 0);
	assert_string_equal(prong_error(it.server),
	    "one: program: '/nonexistent' does not exist\n"
	    "two: program: '/nonexistent' does not exist");
	assert_string_equal(bound_of("one"), before);
	assert_null(prong_service_find(it.server, "two"));
	client = enter("one");
	expect_echo(client);
	leave(client);
	begin();
	prong_reload_abort(it.server);
	client = enter("one");
	leave(client);
}

static void
an_address_that_is_taken_elsewhere_changes_nothing(void **state)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(addr);
	int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char where[64];

	(void)state;
	assert_int_equal(bind(other, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(other, 1), 0);
	assert_int_equal(getsockname(other, (struct sockaddr *)&addr, &length), 0);
	(void)snprintf(where, sizeof(where), "127.0.0.1:%u", ntohs(addr.sin_port));
	(void)add("one", "127.0.0.1:0", cat);
	embed_start(&it);
	begin();
	(void)add("one", "127.0.0.1:0", cat);
	assert_int_equal(prong_listen(prong_service_add(it.server, "two"), where), 0);
	assert_int_equal(prong_reload_commit(it.server), -EADDRINUSE);
	leave(enter("one"));
	close_fd(&other);
}

static void
sessions_go_on_and_count_against_the_new_limits(void **state)
{
	int first, second, late;

	(void)state;
	set(add("one", "127.0.0.1:0", cat), "max", "2");
	embed_start(&it);
	first = enter("one");
	second = enter("one");
	begin();
	set(add("one", "127.0.0.1:0", hello), "max", "1");
	commit();
	assert_int_equal(told_number(embed_find(&it, "reloaded"), "older"), 2);
	assert_int_equal(stats_of("one").live, 2);
	assert_int_equal(stats_of("one").accepted, 2);
	assert_int_equal(facts_of("one").older, 2);
	assert_string_equal(facts_of("one").state, "full");
	expect_echo(first);
	late = client_open(bound_of("one"));
	leave(first);
	assert_string_equal(facts_of("one").state, "full");
	leave(second);
	(void)embed_wait(&it, "session-end");
	assert_non_null(strstr(client_hear(&late), "ello"));
	assert_int_equal(facts_of("one").older, 0);
	assert_int_equal(stats_of("one").accepted, 3);
}

static void
a_service_that_is_gone_lives_as_long_as_its_sessions(void **state)
{
	struct prong_stats stats;
	char before[128];
	int client, waiting;

	(void)state;
	(void)add("one", "127.0.0.1:0", cat);
	(void)add("two", "127.0.0.1:0", cat);
	embed_start(&it);
	client = enter("two");
	(void)snprintf(before, sizeof(before), "%s", bound_of("two"));
	waiting = client_open(before);
	begin();
	(void)add("one", "127.0.0.1:0", cat);
	commit();
	assert_null(prong_service_find(it.server, "two"));
	assert_int_equal(client_try(before), -ECONNREFUSED);
	/* Whoever was in its queue has got a process. */
	expect_echo(waiting);
	expect_echo(client);
	leave(client);
	leave(waiting);
	prong_stats(it.server, &stats, sizeof(stats));
	assert_int_equal(stats.accepted, 2);
	assert_int_equal(stats.ended, 2);
	assert_int_equal(stats.live, 0);
}

static void
every_address_becomes_one_and_one_becomes_every(void **state)
{
	char where[64];
	char port[16];

	(void)state;
	(void)add("one", "0.0.0.0:0", hello);
	embed_start(&it);
	(void)snprintf(port, sizeof(port), "%s", strrchr(bound_of("one"), ':') + 1);
	(void)snprintf(where, sizeof(where), "127.0.0.1:%s", port);
	begin();
	(void)add("one", where, cat);
	commit();
	leave(enter("one"));
	(void)snprintf(where, sizeof(where), "0.0.0.0:%s", port);
	begin();
	(void)add("one", where, cat);
	commit();
	(void)snprintf(
	    where, sizeof(where), "127.0.0.1:%s", strrchr(bound_of("one"), ':') + 1);
	assert_true(client_open(where) >= 0);
	(void)embed_wait(&it, "session-begin");
}

static void
a_path_stays_and_gets_its_new_permissions(void **state)
{
	char path[] = "/tmp/prong-reload-XXXXXX", where[64];
	struct stat before, after;
	int fd = mkstemp(path), client;

	(void)state;
	close_fd(&fd);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(where, sizeof(where), "unix:%s", path);
	(void)add("one", where, cat);
	embed_start(&it);
	assert_int_equal(stat(path, &before), 0);
	begin();
	set(add("one", where, cat), "unix-mode", "600");
	commit();
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode & 0777, 0600);
	client = enter("one");
	expect_echo(client);
	leave(client);
	begin();
	(void)add("two", "127.0.0.1:0", cat);
	commit();
	assert_int_equal(stat(path, &after), -1);
}

static void
what_was_there_once_is_not_given_twice(void **state)
{
	char where[128];

	(void)state;
	(void)add("one", "127.0.0.1:0", cat);
	embed_start(&it);
	(void)snprintf(where, sizeof(where), "%s", bound_of("one"));
	begin();
	(void)add("one", where, cat);
	(void)add("two", where, cat);
	assert_int_equal(prong_reload_commit(it.server), -EADDRINUSE);
	assert_non_null(strstr(prong_error(it.server), "two: listen: "));
	assert_non_null(strstr(prong_error(it.server), "it is listened on twice"));
	leave(enter("one"));
}

static void
a_pause_on_request_outlives_a_reload(void **state)
{
	int client;

	(void)state;
	(void)add("one", "127.0.0.1:0", hello);
	embed_start(&it);
	assert_int_equal(prong_pause(it.server, "two"), -ENOENT);
	assert_string_equal(
	    prong_error(it.server), "there is no service 'two', only one");
	assert_int_equal(prong_pause(it.server, "one"), 0);
	assert_string_equal(facts_of("one").state, "held");
	client = client_open(bound_of("one"));
	begin();
	(void)add("one", "127.0.0.1:0", hello);
	commit();
	assert_string_equal(facts_of("one").state, "held");
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_null(embed_find(&it, "session-begin"));
	assert_int_equal(prong_resume(it.server, NULL), 0);
	(void)embed_wait(&it, "session-end");
	assert_non_null(strstr(client_hear(&client), "ello"));
}

static void
more_room_is_made_while_sessions_live(void **state)
{
	int clients[40];

	(void)state;
	set(add("one", "127.0.0.1:0", cat), "max", "2");
	embed_start(&it);
	clients[0] = enter("one");
	clients[1] = enter("one");
	begin();
	set(add("one", "127.0.0.1:0", cat), "max", "40");
	commit();
	for (int i = 2; i < 40; i++) {
		embed_forget(&it);
		clients[i] = enter("one");
	}
	for (int i = 0; i < 40; i++) {
		embed_forget(&it);
		expect_echo(clients[i]);
		leave(clients[i]);
	}
}

/* While its queue is looked through for the last time nobody is put into it: whoever
 * comes tries again, and meets the next listener. */
static void
who_comes_at_the_end_of_a_listener_is_not_let_in(void **state)
{
	struct prong_service *service = add("a", "127.0.0.1:0", cat);
	const struct addr *addr;
	struct tcp_info info;
	socklen_t length = sizeof(info);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)state;
	embed_start(&it);
	addr = &service->listeners[0].bound.addr;
	listener_empty(&service->listeners[0]);
	assert_int_equal(connect(fd, &addr->sa, addr->len), -1);
	assert_int_equal(errno, EINPROGRESS);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
	assert_int_equal(info.tcpi_state, TCP_SYN_SENT);
	close_fd(&fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_client_that_waits_in_the_queue_is_served_by_the_new_set),
		EMBED_TEST(whatever_is_wrong_leaves_the_old_set_as_it_is),
		EMBED_TEST(an_address_that_is_taken_elsewhere_changes_nothing),
		EMBED_TEST(sessions_go_on_and_count_against_the_new_limits),
		EMBED_TEST(a_service_that_is_gone_lives_as_long_as_its_sessions),
		EMBED_TEST(every_address_becomes_one_and_one_becomes_every),
		EMBED_TEST(a_path_stays_and_gets_its_new_permissions),
		EMBED_TEST(what_was_there_once_is_not_given_twice),
		EMBED_TEST(a_pause_on_request_outlives_a_reload),
		EMBED_TEST(more_room_is_made_while_sessions_live),
		EMBED_TEST(who_comes_at_the_end_of_a_listener_is_not_let_in),
	};

	return cmocka_run_group_tests_name("prong_reload", tests, NULL, NULL);
}
