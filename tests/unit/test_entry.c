/*
 * Whoever is turned away, or leaves before its turn, leaves nothing of it behind: the
 * source that it was counted for is let go.  And what may run: handlers, whoever decides.
 */
#include "embed.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include "conn.h"
#include "engine.h"

static const char header[] = "PROXY TCP4 192.0.2.7 192.0.2.1 1000 80\r\n";
static const char other[] = "PROXY TCP4 192.0.2.8 192.0.2.1 1000 80\r\n";

static void
set(struct prong_service *service, const char *name, const char *value)
{
	if (prong_set(service, name, value) < 0)
		fail_msg("%s", prong_error(it.server));
}

static struct prong_service *
add(void)
{
	return embed_program(&it, "one", (const char *[]){ "/bin/cat", NULL });
}

static int
come(void)
{
	return client_open(prong_bound(prong_service_find(it.server, "one"), 0));
}

static void
turn_until_waiting(uint32_t count)
{
	while (it.server->waiting != count)
		assert_int_equal(prong_dispatch(it.server, -1), 0);
}

static void
leave(int client, const char *event)
{
	close_fd(&client);
	(void)embed_wait(&it, event);
}

static void
leave_at_once(int client, const char *event)
{
	const struct linger at_once = { 1, 0 };

	assert_int_equal(
	    setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	leave(client, event);
}

static void
expect_known(uint32_t count)
{
	assert_int_equal(it.server->slots.live, 0);
	assert_int_equal(it.server->sources.known, count);
}

/* ---- sources --------------------------------------------------------------------- */

static void
who_is_denied_is_let_go(void **state)
{
	int client;

	(void)state;
	set(add(), "allow", "192.0.2.0/24");
	embed_start(&it);
	client = come();
	(void)embed_wait(&it, "refused");
	assert_string_equal(client_hear(&client), "");
	expect_known(0);
}

/* One may come in five minutes, or others wait. */
static struct prong_service *
add_proxied(const char *max, const char *waiting_max)
{
	struct prong_service *service = add();

	set(service, "proxy-from", "127.0.0.0/8");
	set(service, "proxy-timeout", "10m");
	set(service, "max", max);
	set(service, "waiting-max", waiting_max);
	set(service, "rate", "1/5m");
	set(service, "rate-wait", "10m");
	return service;
}

/* Three are about to come, and then other limits hold.  The first is let in. */
static void
come_before(int clients[3], const char *max, const char *waiting_max)
{
	(void)add_proxied("3", "3");
	embed_start(&it);
	for (int i = 0; i < 3; i++)
		clients[i] = come();
	turn_until_waiting(3);
	assert_int_equal(prong_reload_begin(it.server), 0);
	(void)add_proxied(max, waiting_max);
	assert_int_equal(prong_reload_commit(it.server), 0);
	client_say(clients[0], header);
	(void)embed_wait(&it, "session-begin");
}

static void
who_waits_for_room_is_held_by_nobody(void **state)
{
	const struct conn *conn;
	int clients[3];

	(void)state;
	come_before(clients, "1", "3");
	client_say(clients[1], other);
	while (TAILQ_EMPTY(&it.server->services->ledger->ready))
		assert_int_equal(prong_dispatch(it.server, -1), 0);
	assert_int_equal(it.server->sources.known, 1);
	conn = TAILQ_FIRST(&it.server->services->ledger->ready);
	assert_int_equal(conn->clocks.at[DUE_ENTRY], 0); /* of its header */
	leave(clients[2], "refused");
	leave_at_once(clients[1], "refused");
	leave(clients[0], "session-end");
	expect_known(0);
}

static void
who_may_not_wait_is_let_go(void **state)
{
	int clients[3];

	(void)state;
	come_before(clients, "3", "1");
	client_say(clients[1], other);
	assert_string_equal(
	    told_text(embed_wait(&it, "refused"), "reason"), "waiting-full");
	assert_int_equal(it.server->sources.known, 1);
	leave(clients[2], "refused");
	leave(clients[0], "session-end");
	close_fd(&clients[1]);
	expect_known(0);
}

static void
a_proxy_that_owes_something_is_only_remembered(void **state)
{
	struct prong_service *service = add_proxied("2", "2");
	struct prong_penalty penalty;
	uint32_t cursor = 0;
	int client;

	(void)state;
	set(service, "penalty", "proxy:10m");
	set(service, "source-prefix", "24/64");
	embed_start(&it);
	client = come();
	client_say(client, "no header at all\r\n");
	assert_string_equal(told_text(embed_wait(&it, "refused"), "reason"), "proxy");
	close_fd(&client);
	expect_known(1);
	assert_true(prong_penalty_next(it.server, &cursor, &penalty, sizeof(penalty)));
	assert_string_equal(penalty.source, "127.0.0.0/24");
	assert_string_equal(penalty.last, "proxy");
	assert_int_equal(prong_penalties_clear(it.server, NULL, "all"), 1);
	expect_known(0);
}

/* ---- handlers -------------------------------------------------------------------- */

/* Says how nice it is, and what it was given. */
static int
speak(const struct prong_birth *birth, void *context)
{
	const char *word = context;

	(void)birth;
	return dprintf(1, "%d %s", getpriority(PRIO_PROCESS, 0), word) < 0;
}

static void
a_handler_runs_as_a_rule_says(void **state)
{
	static char word[] = "given";
	int client;

	(void)state;
	set(embed_handler(&it, "one", speak, word), "allow", "127.0.0.0/8 nice=3");
	embed_start(&it);
	client = come();
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "3 given");
}

static void
a_rule_may_have_a_program_instead(void **state)
{
	int client;

	(void)state;
	set(embed_handler(&it, "one", embed_repeat, NULL), "allow",
	    "127.0.0.0/8 program=@hello");
	embed_start(&it);
	client = come();
	(void)embed_wait(&it, "session-end");
	assert_non_null(strstr(client_hear(&client), "ello"));
}

static void
a_program_is_asked_about_a_handlers_client(void **state)
{
	struct prong_service *service = embed_handler(&it, "one", embed_repeat, NULL);
	int client;

	(void)state;
	set(service, "policy", "/bin/false");
	embed_start(&it);
	client = come();
	assert_string_equal(told_text(embed_wait(&it, "refused"), "reason"), "policy");
	assert_string_equal(client_hear(&client), "");
	expect_known(0);
}

static void
who_decides_has_no_terminal(void **state)
{
	struct prong_service *service = add();
	int client;

	(void)state;
	set(service, "policy", "/bin/sh");
	set(service, "policy", "-c");
	set(service, "policy", "test ! -t 0 && test ! -t 1");
	set(service, "pty", "raw");
	embed_start(&it);
	client = come();
	(void)embed_wait(&it, "session-begin");
	leave(client, "session-end");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(who_is_denied_is_let_go),
		EMBED_TEST(who_waits_for_room_is_held_by_nobody),
		EMBED_TEST(who_may_not_wait_is_let_go),
		EMBED_TEST(a_proxy_that_owes_something_is_only_remembered),
		EMBED_TEST(a_handler_runs_as_a_rule_says),
		EMBED_TEST(a_rule_may_have_a_program_instead),
		EMBED_TEST(a_program_is_asked_about_a_handlers_client),
		EMBED_TEST(who_decides_has_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
