/*
 * A host's word about who comes in.
 */
#include "embed.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const true_program[] = { "true", NULL };

/* ---- veto ------------------------------------------------------------------------ */

struct question {
	const char *answer;
	unsigned asked;
	char id[16], service[64], source[64], proxy[64];
	struct sockaddr_storage peer;
	uid_t uid;
	gid_t gid;
	uint32_t live, max;
};

static const char *
ask(const struct prong_client *client, void *context)
{
	struct question *question = context;

	question->asked++;
	embed_keep(question->id, sizeof(question->id), client->id);
	embed_keep(question->service, sizeof(question->service), client->service);
	embed_keep(question->source, sizeof(question->source), client->source);
	embed_keep(question->proxy, sizeof(question->proxy), client->proxy);
	memcpy(&question->peer, client->peer, client->peer_len);
	question->uid = client->uid;
	question->gid = client->gid;
	question->live = client->live;
	question->max = client->max;
	return question->answer;
}

static void
a_host_may_say_no_in_words(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct question question = { .answer = "the moon is full\n" };
	const struct told *refused;
	struct prong_stats stats;
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "refuse-text", "{reason}: {said}"), 0);
	assert_int_equal(prong_on_admit(service, ask, &question), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	refused = embed_wait(&it, "refused");
	assert_string_equal(told_text(refused, "reason"), "policy");
	assert_string_equal(told_text(refused, "why"), "the moon is full\n");
	assert_string_equal(client_hear(&client), "policy: the moon is full\n");
	assert_string_equal(refused->id, question.id);
	assert_string_equal(question.service, "true");
	assert_string_equal(told_text(refused, "source"), question.source);
	prong_service_stats(service, &stats, sizeof(stats));
	assert_int_equal(stats.refused, 1);
	assert_int_equal(stats.live, 0);
}

static void
a_host_is_asked_once_and_told_who_comes(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct question question = { .answer = NULL };
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "max", "7"), 0);
	assert_int_equal(prong_on_admit(service, ask, &question), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	assert_int_equal(getsockname(client, (struct sockaddr *)&own, &length), 0);
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "");
	assert_int_equal(question.asked, 1);
	assert_int_equal(((struct sockaddr_in *)&question.peer)->sin_port, own.sin_port);
	assert_string_equal(question.proxy, "");
	assert_int_equal(question.uid, (uid_t)-1);
	assert_int_equal(question.live, 0);
	assert_int_equal(question.max, 7);
}

static void
of_a_proxys_client_a_host_is_told_both(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct question question = { .answer = "no" };
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "proxy-from", "127.0.0.1"), 0);
	assert_int_equal(prong_on_admit(service, ask, &question), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	client_say(client, "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n");
	(void)embed_wait(&it, "refused");
	assert_string_equal(question.source, "192.0.2.7:56324");
	assert_memory_equal(question.proxy, "127.0.0.1:", 10);
	assert_string_equal(client_hear(&client), "");
}

/* Who has connected to the abstract socket on which the server serves. */
static int
enter_by_unix_socket(struct prong_service *service, struct question *question)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char where[160];
	socklen_t length;
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
	    "prong-test-host-%d", getpid());
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			     strlen(address.sun_path + 1));
	(void)snprintf(where, sizeof(where), "unix:@%s", address.sun_path + 1);
	assert_int_equal(prong_listen(service, where), 0);
	assert_int_equal(prong_program(service, true_program), 0);
	assert_int_equal(prong_on_admit(service, ask, question), 0);
	embed_start(&it);
	assert_int_equal(connect(client, (struct sockaddr *)&address, length), 0);
	return client;
}

static void
on_a_unix_socket_a_host_is_told_whose_client_it_is(void **state)
{
	struct prong_service *service = prong_service_add(it.server, "unix");
	struct question question = { .answer = "no" };
	int client = enter_by_unix_socket(service, &question);

	(void)state;
	(void)embed_wait(&it, "refused");
	assert_int_equal(question.uid, getuid());
	assert_int_equal(question.gid, getgid());
	assert_string_equal(client_hear(&client), "");
}

/* It is not the proxy's own, whose rights may be greater. */
static void
whose_client_a_proxy_brings_is_not_known(void **state)
{
	static const char begin[] = "\r\n\r\n\0\r\nQUIT\n\x21\x31\0\xd8/run/client";
	struct prong_service *service = prong_service_add(it.server, "unix");
	struct question question = { .answer = "no" };
	char header[16 + 216] = "", proxy[32];
	int client;

	(void)state;
	(void)snprintf(proxy, sizeof(proxy), "uid:%u", getuid());
	assert_int_equal(prong_set(service, "proxy-from", proxy), 0);
	client = enter_by_unix_socket(service, &question);
	memcpy(header, begin, sizeof(begin));
	assert_int_equal(write(client, header, sizeof(header)), sizeof(header));
	(void)embed_wait(&it, "refused");
	assert_int_equal(question.peer.ss_family, AF_UNIX);
	assert_string_not_equal(question.proxy, "");
	assert_int_equal(question.uid, (uid_t)-1);
	assert_int_equal(question.gid, (gid_t)-1);
	assert_string_equal(client_hear(&client), "");
}

/* Rules come first: nobody is asked about whom they keep out. */
static void
a_host_is_not_asked_about_whom_a_rule_denies(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct question question = { .answer = NULL };
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "deny", "127.0.0.0/8"), 0);
	assert_int_equal(prong_on_admit(service, ask, &question), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	assert_string_equal(told_text(embed_wait(&it, "refused"), "reason"), "denied");
	assert_int_equal(question.asked, 0);
	assert_string_equal(client_hear(&client), "");
}

/* With settings of its own a rule's clients are another service's, but for the host. */
static void
a_host_is_asked_about_whom_a_rule_lets_in_with_settings(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct question question = { .answer = "no" };
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "allow", "127.0.0.0/8 env=WHO=friend"), 0);
	assert_int_equal(prong_on_admit(service, ask, &question), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "refused");
	assert_int_equal(question.asked, 1);
	assert_string_equal(client_hear(&client), "");
}

static void
whom_a_host_refuses_pays_the_penalty_of_policy(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct question question = { .answer = "no" };
	struct prong_why why;
	int client;

	(void)state;
	assert_int_equal(prong_set(service, "penalty", "policy:60s"), 0);
	assert_int_equal(prong_on_admit(service, ask, &question), 0);
	embed_start(&it);
	assert_int_equal(prong_why(service, "127.0.0.1", &why, sizeof(why)), 0);
	assert_true(why.is_admitted && why.asks_policy);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "refused");
	assert_string_equal(client_hear(&client), "");
	assert_int_equal(prong_why(service, "127.0.0.1", &why, sizeof(why)), 0);
	assert_false(why.is_admitted);
	assert_string_equal(why.reason, "penalty");
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "refused");
	assert_int_equal(question.asked, 1);
	assert_string_equal(client_hear(&client), "");
}

/* Its tokens are promised when it comes, and it is judged when its turn has come. */
static void
a_client_that_waited_for_its_turn_is_asked_about_then(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	struct question question = { .answer = NULL };
	int first, second;

	(void)state;
	assert_int_equal(prong_set(service, "rate", "10/s:1"), 0);
	assert_int_equal(prong_set(service, "rate-wait", "5s"), 0);
	assert_int_equal(prong_on_admit(service, ask, &question), 0);
	embed_start(&it);
	first = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-end");
	assert_int_equal(question.asked, 1);
	question.answer = "no";
	second = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "refused");
	assert_int_equal(question.asked, 2);
	assert_string_equal(client_hear(&first), "");
	assert_string_equal(client_hear(&second), "");
}

/* What the answer takes is what its client waits, and none of its session's time. */
static const char *
think(const struct prong_client *client, void *context)
{
	(void)client;
	(void)usleep(30 * 1000);
	return context;
}

static void
what_a_host_takes_to_answer_its_client_has_waited(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	int client;

	(void)state;
	assert_int_equal(prong_on_admit(service, think, NULL), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	assert_true(told_number(embed_wait(&it, "session-begin"), "waited_ms") >= 30);
	(void)embed_wait(&it, "session-end");
	assert_string_equal(client_hear(&client), "");
}

static void
so_has_one_that_a_host_refuses(void **state)
{
	struct prong_service *service = embed_program(&it, "true", true_program);
	char no[] = "no";
	int client;

	(void)state;
	assert_int_equal(prong_on_admit(service, think, no), 0);
	embed_start(&it);
	client = client_open(prong_bound(service, 0));
	assert_true(told_number(embed_wait(&it, "refused"), "waited_ms") >= 30);
	assert_string_equal(client_hear(&client), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_host_may_say_no_in_words),
		EMBED_TEST(a_host_is_asked_once_and_told_who_comes),
		EMBED_TEST(of_a_proxys_client_a_host_is_told_both),
		EMBED_TEST(on_a_unix_socket_a_host_is_told_whose_client_it_is),
		EMBED_TEST(whose_client_a_proxy_brings_is_not_known),
		EMBED_TEST(a_host_is_not_asked_about_whom_a_rule_denies),
		EMBED_TEST(a_host_is_asked_about_whom_a_rule_lets_in_with_settings),
		EMBED_TEST(whom_a_host_refuses_pays_the_penalty_of_policy),
		EMBED_TEST(a_client_that_waited_for_its_turn_is_asked_about_then),
		EMBED_TEST(what_a_host_takes_to_answer_its_client_has_waited),
		EMBED_TEST(so_has_one_that_a_host_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
