/*
 * What another program, or another set of services, has of those who come: what their
 * sources owe, whom they are counted for while they wait, and what of their bytes was a
 * header.
 */
#include "embed.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include "engine.h"
#include "turn.h"

static void
set(struct prong_service *service, const char *name, const char *value)
{
	if (prong_set(service, name, value) < 0)
		fail_msg("%s", prong_error(it.server));
}

static struct prong_service *
add(const char *program)
{
	return embed_program(&it, "one", (const char *[]){ program, NULL });
}

static struct prong_service *
add_proxied(const char *program, const char *rate, const char *max)
{
	struct prong_service *service = add(program);

	set(service, "proxy-from", "127.0.0.0/8");
	set(service, "proxy-timeout", "10m");
	set(service, "rate", rate);
	set(service, "rate-wait", "10m");
	set(service, "max", max);
	return service;
}

static int
come(void)
{
	return client_open(prong_bound(prong_service_find(it.server, "one"), 0));
}

static void
say_header(int client, int last)
{
	char header[64];

	(void)snprintf(header, sizeof(header),
	    "PROXY TCP4 192.0.2.%d 192.0.2.100 1000 80\r\n", last);
	client_say(client, header);
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

/* The server that was before is not freed: what it leaves is the new one's now, which is
 * the same process. */
static struct prong *before[8];
static size_t before_count;

static void
upgrade(void)
{
	int state = memfd_create("state", MFD_CLOEXEC);

	assert_true(state >= 0);
	assert_int_equal(prong_freeze(it.server, state, 0), 0);
	assert_true(before_count < ARRAY_SIZE(before));
	before[before_count++] = it.server;
	embed_init(&it);
	if (prong_thaw(it.server, state, 0) < 0)
		fail_msg("%s", prong_error(it.server));
	(void)close(state);
	begin();
}

static int64_t
end(int client, const char *event, const char *field)
{
	close_fd(&client);
	return told_number(embed_wait(&it, event), field);
}

/* ---- what is owed ---------------------------------------------------------------- */

#define DEBTORS 5

static void
expect_debtors(void)
{
	struct prong_penalty penalty;
	uint32_t cursor = 0, seen = 0;

	while (prong_penalty_next(it.server, &cursor, &penalty, sizeof(penalty))) {
		int last = -1;

		assert_int_equal(sscanf(penalty.source, "192.0.2.%d", &last), 1);
		assert_int_equal(penalty.offences, 1);
		assert_string_equal(penalty.last, "exit");
		assert_true(penalty.is_shut_out);
		seen |= 1U << last;
	}
	assert_int_equal(seen, (1U << DEBTORS) - 1);
}

static struct prong_service *
add_strict(void)
{
	struct prong_service *service = add_proxied("/bin/false", "off", "5");

	set(service, "penalty", "exit:10m");
	return service;
}

static void
all_who_owe_something_go_on_to(void **state)
{
	(void)state;
	(void)add_strict();
	embed_start(&it);
	for (int i = 0; i < DEBTORS; i++) {
		int client = come();

		say_header(client, i);
		(void)end(client, "session-end", "status");
	}
	expect_debtors();
	upgrade();
	(void)add_strict();
	commit();
	expect_debtors();
	assert_int_equal(prong_penalties_clear(it.server, NULL, "all"), DEBTORS);
	assert_int_equal(it.server->sources.known, 0);
}

static void
reload_another(void)
{
	begin();
	(void)embed_program(&it, "two", (const char *[]){ "/bin/cat", NULL });
	commit();
}

static void
fail_once(void)
{
	int client = come();

	say_header(client, 7);
	(void)end(client, "session-end", "status");
	assert_int_equal(it.server->sources.known, 1);
}

static void
nothing_is_owed_to_a_service_that_is_gone(void **state)
{
	(void)state;
	(void)add_strict();
	embed_start(&it);
	fail_once();
	reload_another();
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_null(it.server->retired);
	assert_int_equal(it.server->sources.known, 0);
}

static struct prong_why
why_of(struct prong_service *service, const char *source)
{
	struct prong_why why;

	assert_int_equal(prong_why(service, source, &why, sizeof(why)), 0);
	return why;
}

static void
who_owes_nothing_any_more_is_forgiven_its_offences(void **state)
{
	struct source *source;
	uint32_t index;

	(void)state;
	(void)add_strict();
	embed_start(&it);
	fail_once();
	source = sources_from(&it.server->sources, 0, &index);
	source->penalty.until = 1; /* long ago */
	assert_int_equal(why_of(it.server->services, "192.0.2.7").penalty_offences, 1);
	assert_int_equal(prong_penalties_clear(it.server, NULL, "192.0.2.7"), 0);
	assert_int_equal(why_of(it.server->services, "192.0.2.7").penalty_offences, 0);
}

static struct prong_service *
add_lenient(void)
{
	struct prong_service *service = add("/bin/cat");

	set(service, "penalty", "any:10m");
	set(service, "exempt", "127.0.0.0/8");
	return service;
}

static void
who_came_exempt_leaves_exempt(void **state)
{
	struct prong_penalty penalty;
	uint32_t cursor = 0;
	int client;

	(void)state;
	(void)add_lenient();
	embed_start(&it);
	client = come();
	(void)embed_wait(&it, "session-begin");
	upgrade();
	(void)add_lenient();
	commit();
	(void)end(client, "session-end", "status");
	assert_false(prong_penalty_next(it.server, &cursor, &penalty, sizeof(penalty)));
}

/* ---- who waits ------------------------------------------------------------------- */

static uint32_t
live_of(const char *source)
{
	return why_of(prong_service_find(it.server, "one"), source).source_live;
}

/* One has a session, and the other one has to wait. */
static void
wait_for_turn(int clients[2])
{
	for (int i = 0; i < 2; i++) {
		clients[i] = come();
		say_header(clients[i], 7 + i);
		while (live_of(i == 0 ? "192.0.2.7" : "192.0.2.8") == 0)
			assert_int_equal(prong_dispatch(it.server, -1), 0);
	}
}

static void
who_waits_is_counted_for_its_source(void **state)
{
	int clients[2];

	(void)state;
	(void)add_proxied("/bin/cat", "1/5m", "5");
	embed_start(&it);
	wait_for_turn(clients);
	upgrade();
	(void)add_proxied("/bin/cat", "1/5m", "5");
	commit();
	assert_int_equal(live_of("192.0.2.7"), 1);
	assert_int_equal(live_of("192.0.2.8"), 1);
	(void)end(clients[0], "session-end", "status");
	assert_int_equal(prong_end(it.server, "all", 0), 1);
	(void)embed_wait(&it, "refused");
	close_fd(&clients[1]);
	assert_int_equal(it.server->sources.known, 0);
}

/* Nothing is left unread, so that it leaves in peace. */
static void
converse(int client, const char *words)
{
	char answer[8];
	ssize_t length = (ssize_t)strlen(words);

	client_say(client, words);
	assert_int_equal(recv(client, answer, length, MSG_WAITALL), length);
}

/* The turn of who waits has come. */
static void
let_its_turn_come(void)
{
	struct conn *conn = slots_next(&it.server->slots, NULL);

	while (conn->state != CONN_WAITING)
		conn = slots_next(&it.server->slots, conn);
	turn_due(conn);
}

/* There was no room when its turn came: it gets that from the next program, and need not
 * wait for its turn again. */
static void
whose_turn_has_come_has_no_other(void **state)
{
	int clients[2];

	(void)state;
	(void)add_proxied("/bin/cat", "1/5m", "2");
	embed_start(&it);
	wait_for_turn(clients);
	begin();
	(void)add_proxied("/bin/cat", "1/5m", "1");
	commit();
	let_its_turn_come();
	assert_false(TAILQ_EMPTY(&it.server->services->ledger->ready));
	upgrade();
	(void)add_proxied("/bin/cat", "1/5m", "1");
	commit();
	converse(clients[0], "ab");
	assert_int_equal(end(clients[0], "session-end", "bytes_in"), 2);
	(void)embed_wait(&it, "session-begin");
	converse(clients[1], "abc");
	assert_int_equal(end(clients[1], "session-end", "bytes_in"), 3);
}

static void
expect_waiting(uint32_t count)
{
	const struct ledger *ledger = it.server->services->ledger;

	assert_int_equal(it.server->waiting, count);
	assert_int_equal(ledger->waiting, count);
	assert_int_equal(ledger->gate.pending, count);
}

static void
turn_until_waiting(uint32_t count)
{
	while (it.server->waiting != count)
		assert_int_equal(prong_dispatch(it.server, -1), 0);
}

static void
who_is_about_to_come_is_counted_once(void **state)
{
	int client;

	(void)state;
	(void)add_proxied("/bin/cat", "off", "1");
	embed_start(&it);
	client = come();
	turn_until_waiting(1);
	upgrade();
	(void)add_proxied("/bin/cat", "off", "1");
	commit();
	expect_waiting(1);
	say_header(client, 7);
	(void)embed_wait(&it, "session-begin");
	expect_waiting(0);
	(void)end(client, "session-end", "status");
}

/* A set has its service no more, and its rule has a client yet to come. */
static void
a_rule_is_there_until_nobody_can_come_to_it(void **state)
{
	struct prong_service *service = add_proxied("/bin/cat", "off", "1");
	int client;

	(void)state;
	set(service, "allow", "192.0.2.0/24 program=@hello");
	embed_start(&it);
	client = come();
	turn_until_waiting(1);
	reload_another();
	assert_int_equal(prong_dispatch(it.server, 0), 0);
	assert_non_null(it.server->retired);
	assert_non_null(it.server->retired->next);
	say_header(client, 7);
	(void)embed_wait(&it, "session-end");
	assert_non_null(strstr(client_hear(&client), "ello"));
	while (it.server->retired != NULL)
		assert_int_equal(prong_dispatch(it.server, -1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(all_who_owe_something_go_on_to),
		EMBED_TEST(nothing_is_owed_to_a_service_that_is_gone),
		EMBED_TEST(who_owes_nothing_any_more_is_forgiven_its_offences),
		EMBED_TEST(who_came_exempt_leaves_exempt),
		EMBED_TEST(who_waits_is_counted_for_its_source),
		EMBED_TEST(whose_turn_has_come_has_no_other),
		EMBED_TEST(who_is_about_to_come_is_counted_once),
		EMBED_TEST(a_rule_is_there_until_nobody_can_come_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
