/*
 * A host is told of each ending, once.
 */
#include "embed.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const true_program[] = { "true", NULL };

struct account {
	unsigned count;
	struct prong_ending last;
	char id[16], service[64], source[64], stage[32], cause[32], text[256];
};

static void
note(const struct prong_ending *ending, void *context)
{
	struct account *account = context;

	account->count++;
	account->last = *ending;
	embed_keep(account->id, sizeof(account->id), ending->id);
	embed_keep(account->service, sizeof(account->service), ending->service);
	embed_keep(account->source, sizeof(account->source), ending->source);
	embed_keep(account->stage, sizeof(account->stage), ending->stage);
	embed_keep(account->cause, sizeof(account->cause), ending->cause);
	embed_keep(account->text, sizeof(account->text), ending->text);
}

static int
echo_and_seven(const struct prong_birth *birth, void *context)
{
	(void)embed_repeat(birth, context);
	return 7;
}

static void
an_ending_is_told_with_all_that_is_known(void **state)
{
	struct prong_service *service = embed_handler(&it, "echo", echo_and_seven, NULL);
	struct account account = { 0 };
	const struct told *end;
	int client;

	(void)state;
	assert_int_equal(prong_on_end(service, note, &account), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	client_say(client, "hello");
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	end = embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "hello");
	assert_int_equal(account.count, 1);
	assert_int_equal(account.last.how, PRONG_EXITED);
	assert_int_equal(account.last.status, 7);
	assert_int_equal(account.last.number, 1);
	assert_int_equal(account.last.pid, told_number(end, "pid"));
	assert_string_equal(account.id, end->id);
	assert_string_equal(account.service, "echo");
	assert_string_equal(account.source, told_text(end, "source"));
	assert_string_equal(account.text, "exited 7");
	assert_string_equal(account.cause, "");
	assert_string_equal(account.stage, "");
	assert_true(account.last.has_bytes && account.last.has_cost);
	assert_int_equal(account.last.bytes_in, 5);
	assert_int_equal(account.last.bytes_out, 5);
	assert_int_equal(account.last.cpu_us, told_number(end, "cpu_us"));
	assert_int_equal(account.last.duration_ms, told_number(end, "duration_ms"));
}

static void
turn_again(const struct prong_ending *ending, void *context)
{
	(void)ending;
	*(int *)context = prong_dispatch(it.server, 0);
}

static void
no_function_turns_the_server_that_turns_it(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	int rc = 0, client;

	(void)state;
	assert_int_equal(prong_on_end(service, turn_again, &rc), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-end");
	assert_int_equal(rc, -EBUSY);
	assert_non_null(strstr(prong_error(it.server), "prong_dispatch()"));
	assert_string_equal(client_hear(&client), "");
}

/* log-sample is about lines. */
static void
an_ending_is_told_though_the_log_leaves_it_out(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct account account = { 0 };

	(void)state;
	assert_int_equal(prong_set(service, "log-sample", "100"), 0);
	assert_int_equal(prong_on_end(service, note, &account), 0);
	embed_start(&it);
	for (unsigned i = 1; i <= 3; i++) {
		int client = client_open(prong_bound(service, 0));

		while (account.count < i)
			assert_int_equal(prong_dispatch(it.server, -1), 0);
		assert_string_equal(client_hear(&client), "");
	}
	assert_int_equal(account.last.number, 3);
	assert_null(strstr(account.text, "killed"));
}

static void
whom_a_deadline_ends_is_told_with_its_cause(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "cat", (const char *const[]){ "cat", NULL });
	struct account account = { 0 };
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "first-byte-timeout", "20ms"), 0);
	assert_int_equal(prong_on_end(service, note, &account), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-end");
	assert_int_equal(account.last.how, PRONG_KILLED);
	assert_int_equal(account.last.status, SIGTERM);
	assert_string_equal(account.cause, "first-byte-timeout");
	assert_string_equal(account.text, "killed by TERM");
	assert_string_equal(client_hear(&client), "");
}

static void
sessions_that_live_are_told_when_the_server_is_freed(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "cat", (const char *const[]){ "cat", NULL });
	struct account account = { 0 };
	int client;

	(void)state;
	assert_int_equal(prong_on_end(service, note, &account), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-begin");
	prong_free(it.server);
	it.server = NULL;
	assert_int_equal(account.count, 1);
	assert_int_equal(account.last.how, PRONG_KILLED);
	assert_int_equal(account.last.status, SIGKILL);
	assert_int_equal(close(client), 0);
}

/* Whose settings are older, by a reload that has another host's function. */
static void
a_session_is_told_to_whom_it_was_born_under(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "cat", (const char *const[]){ "cat", NULL });
	struct account before = { 0 }, after = { 0 };
	char where[64];
	int client;

	(void)state;
	assert_int_equal(prong_on_end(service, note, &before), 0);
	embed_start(&it);
	embed_keep(where, sizeof(where), prong_bound(service, 0));
	client = client_open(where);
	(void)embed_wait(&it, "session-begin");
	assert_int_equal(prong_reload_begin(it.server), 0);
	service = prong_service_add(it.server, "cat");
	assert_int_equal(prong_listen(service, where), 0);
	assert_int_equal(prong_program(service, true_program), 0);
	assert_int_equal(prong_on_end(service, note, &after), 0);
	assert_int_equal(prong_reload_commit(it.server), 0);
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	(void)embed_wait(&it, "session-end");
	assert_int_equal(before.count, 1);
	assert_string_equal(client_hear(&client), "");
	client = client_open(where);
	(void)embed_wait(&it, "session-end");
	assert_int_equal(before.count, 1);
	assert_int_equal(after.count, 1);
	assert_string_equal(client_hear(&client), "");
}

static void
a_program_that_never_ran_is_told_with_its_stage(void **state)
{
	char path[] = "/tmp/prong-test-host-XXXXXX";
	const char *const program[] = { path, NULL };
	struct prong_service *service;
	struct account account = { 0 };
	int client, fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "#!/bin/true\n"), 12);
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_int_equal(close(fd), 0);
	service = embed_program(&it, "gone", program);
	assert_int_equal(prong_on_end(service, note, &account), 0);
	embed_start(&it);
	assert_int_equal(unlink(path), 0);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-end");
	assert_int_equal(account.count, 1);
	assert_int_equal(account.last.how, PRONG_FAILED);
	assert_int_equal(account.last.error, ENOENT);
	assert_string_equal(account.stage, "program");
	assert_false(account.last.has_cost);
	(void)client_hear(&client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(an_ending_is_told_with_all_that_is_known),
		EMBED_TEST(an_ending_is_told_though_the_log_leaves_it_out),
		EMBED_TEST(no_function_turns_the_server_that_turns_it),
		EMBED_TEST(whom_a_deadline_ends_is_told_with_its_cause),
		EMBED_TEST(sessions_that_live_are_told_when_the_server_is_freed),
		EMBED_TEST(a_session_is_told_to_whom_it_was_born_under),
		EMBED_TEST(a_program_that_never_ran_is_told_with_its_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
