/*
 * Clients that have no session yet, and a host of any kind: its server is freed at any
 * moment, also in a forked child, and its settings are mended after a start that failed.
 */
#include "freed.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chance.h"
#include "engine.h"

#define SERVERS 60
#define TURNS_MOST 40

static const char *const cat[] = { "/bin/cat", NULL };

static void
set(struct prong_service *service, const char *name, const char *value)
{
	if (prong_set(service, name, value) < 0)
		fail_msg("%s", prong_error(it.server));
}

/* As it is at that turn: each has another mix of what makes clients wait. */
static struct prong_service *
add(const char *name, struct chance *chance, bool is_handler)
{
	static const char *const policies[] = { "exit 0", "exit 1", "exec sleep 600" };
	struct prong_service *service = is_handler
					    ? embed_handler(&it, name, embed_repeat, NULL)
					    : embed_program(&it, name, cat);

	set(service, "allow", "127.0.0.0/8 nice=1");
	set(service, "max", "3");
	set(service, "penalty", "any:1s");
	set(service, "sources-max", "1");
	if (chance_below(chance, 2) == 0)
		set(service, "start", "spare");
	if (chance_below(chance, 2) == 0)
		set(service, "proxy-from", "127.0.0.0/8");
	if (chance_below(chance, 2) == 0)
		set(service, "rate", "1/100ms:1");
	if (chance_below(chance, 2) == 0) {
		set(service, "policy", "/bin/sh");
		set(service, "policy", "-c");
		set(service, "policy", policies[chance_below(chance, 3)]);
	}
	return service;
}

static void
reload(struct chance *chance, bool is_handler)
{
	assert_int_equal(prong_reload_begin(it.server), 0);
	(void)add(chance_below(chance, 2) == 0 ? "one" : "other", chance, is_handler);
	if (prong_reload_commit(it.server) < 0)
		fail_msg("%s", prong_error(it.server));
}

static int
come(struct chance *chance)
{
	static const char *const words[] = { "PROXY TCP4 127.0.0.9 127.0.0.1 1 2\r\nx",
		"PROXY ", "words", "" };
	int fd = client_open(prong_bound(prong_service_next(it.server, NULL), 0));

	client_say(fd, words[chance_below(chance, ARRAY_SIZE(words))]);
	return fd;
}

static void
live_a_while(struct chance *chance, bool is_handler, int before)
{
	uint32_t turns = chance_below(chance, TURNS_MOST), clients = 0;
	int fds[TURNS_MOST];

	for (uint32_t i = 0; i < turns; i++) {
		if (chance_below(chance, 2) == 0)
			fds[clients++] = come(chance);
		if (chance_below(chance, 16) == 0)
			reload(chance, is_handler);
		if (chance_below(chance, 16) == 0)
			(void)prong_end(it.server, "0.0.0.0/0", 0);
		assert_int_equal(
		    prong_dispatch(it.server, (int)chance_below(chance, 2)), 0);
		it.told_count = it.waited = 0;
	}
	if (chance_below(chance, 4) == 0)
		free_in_a_child(before + (int)clients);
	if (chance_below(chance, 4) == 0)
		assert_int_equal(prong_drain(it.server), 0);
	prong_free(it.server);
	it.server = NULL;
	while (clients > 0)
		(void)close(fds[--clients]);
}

static void
freed_at_any_moment(uint64_t seed, bool is_handler)
{
	struct chance chance = { .seed = seed };
	int before = facts_open_files();

	for (int i = 0; i < SERVERS; i++) {
		embed_init(&it);
		(void)add("one", &chance, is_handler);
		embed_start(&it);
		live_a_while(&chance, is_handler, before);
		expect_nothing_left(before);
	}
}

static void
a_server_is_freed_at_any_moment(void **state)
{
	(void)state;
	freed_at_any_moment(3, false);
	freed_at_any_moment(5, true);
}

/* What rules have made by then is made again. */
static void
a_start_is_tried_again_when_a_setting_is_mended(void **state)
{
	static const char *const wrong[] = { "127.0.0.1/8", "127.0.0.0/8 max=1",
		"127.0.0.0/8 program=/nonexistent", "/nonexistent/file",
		"127.0.0.0/8 user=no-such-user" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct prong_service *service;
		int client;

		embed_init(&it);
		service = embed_program(&it, "one", cat);
		set(service, "policy", "/bin/true");
		set(service, "allow", "127.0.0.0/8 nice=1");
		set(service, "reserve", "1"); /* of whom nobody is exempt */
		if (i % 2 == 0)
			assert_int_equal(prong_check(it.server), -EINVAL);
		assert_int_equal(prong_start(it.server), -EINVAL);
		set(service, "exempt", "192.0.2.0/24");
		if (prong_set(service, "deny", wrong[i]) == 0) {
			assert_true(prong_start(it.server) < 0);
			assert_true(prong_start(it.server) < 0);
			embed_done(&it);
			continue;
		}
		embed_start(&it);
		client = client_open(prong_bound(service, 0));
		(void)embed_wait(&it, "session-begin");
		(void)close(client);
		embed_done(&it);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_is_freed_at_any_moment),
		cmocka_unit_test(a_start_is_tried_again_when_a_setting_is_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
