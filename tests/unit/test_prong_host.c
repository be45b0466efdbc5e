/*
 * What a host and its server do not do to each other: descriptors of the host's in the
 * server's loop, a host that is busy for a while, handlers that look around.
 */
#include "embed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>

#include "engine.h"

#define HOUR_MS (3600 * 1000)

static void
count_call(uint32_t events, void *context)
{
	(void)events;
	++*(int *)context;
}

static void
turn(int times)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(prong_dispatch(it.server, 0), 0);
}

static void
start_echo(void)
{
	(void)embed_program(&it, "echo", (const char *[]){ "@echo", NULL });
	embed_start(&it);
}

static void
a_descriptor_that_waits_for_nothing_is_not_told_of_a_hangup(void **state)
{
	int ends[2], calls = 0;

	(void)state;
	start_echo();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(prong_watch(it.server, ends[0], 0, count_call, &calls), 0);
	close_fd(&ends[1]);
	turn(3);
	assert_int_equal(calls, 0);

	assert_int_equal(prong_watch(it.server, ends[0], EPOLLIN, count_call, &calls), 0);
	turn(1);
	assert_int_equal(calls, 1);
	assert_int_equal(prong_watch(it.server, ends[0], 0, count_call, &calls), 0);
	turn(3);
	assert_int_equal(calls, 1);
	prong_unwatch(it.server, ends[0]);
	close_fd(&ends[0]);
}

static void
descriptors_that_wait_for_nothing_keep_their_places(void **state)
{
	int ends[65][2], calls = 0;

	(void)state;
	start_echo();
	for (int i = 0; i < 65; i++)
		assert_int_equal(pipe2(ends[i], O_CLOEXEC), 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(
		    prong_watch(it.server, ends[i][0], 0, count_call, &calls), 0);
	assert_int_equal(
	    prong_watch(it.server, ends[64][0], 0, count_call, &calls), -ENOSPC);
	prong_unwatch(it.server, ends[3][0]);
	assert_int_equal(prong_watch(it.server, ends[64][0], 0, count_call, &calls), 0);
	for (int i = 0; i < 65; i++) {
		prong_unwatch(it.server, ends[i][0]);
		close_fd(&ends[i][0]);
		close_fd(&ends[i][1]);
	}
}

/* Says that it is there, and lasts until it is killed. */
static int
stay(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	if (write(1, "!", 1) != 1)
		return 1;
	for (;;)
		(void)pause();
}

static struct prong_service *
start_handler(prong_handler_fn *handler, const char *term_grace)
{
	struct prong_service *service = embed_handler(&it, "hand", handler, NULL);

	assert_int_equal(prong_set(service, "term-grace", term_grace), 0);
	assert_int_equal(prong_set(service, "drain-timeout", "off"), 0);
	assert_int_equal(prong_set(service, "eof-grace", "off"), 0);
	assert_int_equal(prong_set(service, "on-hangup", "keep"), 0);
	embed_start(&it);
	return service;
}

/* A client whose handler has said that it is there. */
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
freeing_calls_nothing_of_the_hosts(void **state)
{
	int client = enter(start_handler(stay, "1s"));
	int ends[2], calls = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "!", 1), 1);
	assert_int_equal(prong_watch(it.server, ends[0], EPOLLIN, count_call, &calls), 0);
	embed_done(&it);
	assert_int_equal(calls, 0);
	assert_string_equal(told_text(embed_find(&it, "session-end"), "signal"), "KILL");
	close_fd(&client);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
}

/* Takes its time to end well, but far less than its grace. */
static int
end_slowly(const struct prong_birth *birth, void *context)
{
	sigset_t term;
	int number;

	(void)birth;
	(void)context;
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, NULL);
	if (write(1, "!", 1) != 1 || sigwait(&term, &number) != 0)
		return 1;
	(void)usleep(100 * 1000);
	return 7;
}

static void
the_grace_begins_when_the_host_asks_however_long_it_was_away(void **state)
{
	int client = enter(start_handler(end_slowly, "10m"));
	const struct told *end;

	(void)state;
	assert_int_equal(prong_drain(it.server), 0);
	it.server->loop.now -= HOUR_MS; /* so long it has not looked at its clock */
	assert_int_equal(prong_drain(it.server), 0);
	embed_wait_drained(&it);
	end = embed_find(&it, "session-end");
	assert_string_equal(told_text(end, "ending"), "exited");
	assert_int_equal(told_number(end, "status"), 7);
	close_fd(&client);
}

static int
count_shared_memory(const struct prong_birth *birth, void *context)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[4096], rights[8];
	int found = 0;

	(void)birth;
	(void)context;
	if (file == NULL)
		return 100;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%*s %7s", rights) == 1 && strchr(rights, 'w') != NULL &&
		    rights[3] == 's')
			found++;
	(void)fclose(file);
	return found;
}

static void
a_handler_shares_no_memory_with_the_sessions_of_others(void **state)
{
	struct prong_service *service = start_handler(count_shared_memory, "1s");
	const struct told *end;
	int client;

	(void)state;
	assert_true(count_shared_memory(NULL, NULL) > 0); /* the host's own is seen */
	client = client_open(prong_bound(service, 0));
	end = embed_wait(&it, "session-end");
	assert_string_equal(told_text(end, "ending"), "exited");
	assert_int_equal(told_number(end, "status"), 0);
	close_fd(&client);
}

static void
a_handler_that_waited_shares_no_memory(void **state)
{
	struct prong_service *service =
	    embed_handler(&it, "host", count_shared_memory, NULL);
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "start", "spare"), 0);
	embed_start(&it);
	embed_wait_ready(&it, service, 1);
	client = client_open(prong_bound(service, 0));
	assert_string_equal(
	    told_text(embed_wait(&it, "session-begin"), "start"), "spare");
	assert_int_equal(told_number(embed_wait(&it, "session-end"), "status"), 0);
	assert_string_equal(client_hear(&client), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_descriptor_that_waits_for_nothing_is_not_told_of_a_hangup),
		EMBED_TEST(descriptors_that_wait_for_nothing_keep_their_places),
		EMBED_TEST(freeing_calls_nothing_of_the_hosts),
		EMBED_TEST(the_grace_begins_when_the_host_asks_however_long_it_was_away),
		EMBED_TEST(a_handler_shares_no_memory_with_the_sessions_of_others),
		EMBED_TEST(a_handler_that_waited_shares_no_memory),
	};

	return cmocka_run_group_tests_name("prong_host", tests, NULL, NULL);
}
