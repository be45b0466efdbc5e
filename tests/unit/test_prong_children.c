/*
 * Hosts that take the status of every child, or that ignore their children: no session is
 * lost, and how it ended is known where the kernel keeps it.
 */
#include "kinds.h"

#include <errno.h>
#include <signal.h>

#include "hosted.h"

#define ROUNDS 12

static int
end_by_signal(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return raise(SIGTERM);
}

/* A host that waits is told by a signal, we by the pidfd: now and then we come first. */
static bool
is_ours(enum host_way way, const struct told *end)
{
	return way == HOST_CATCHES && told_number(end, "cpu_us") >= 0;
}

static void
assert_ending(enum host_way way, const struct kind *kind, const struct told *end)
{
	if (is_ours(way, end)) {
		kind_assert_ending(kind, end);
		return;
	}
	if (!host_keeps_statuses()) {
		assert_string_equal(told_text(end, "ending"), "unknown");
		return;
	}
	kind_assert_ending(kind, end);
	/* Whoever took the status has these. */
	assert_int_equal(told_number(end, "cpu_us"), -1);
	assert_int_equal(told_number(end, "peak_kb"), -1);
}

static void
serve(enum host_way way, const struct kind *kind)
{
	const struct prong_service *service;
	struct prong_stats stats;

	embed_init(&it);
	host_is(way);
	service = kind_start(&it, kind);
	for (int i = 0; i < ROUNDS; i++)
		assert_ending(way, kind, kind_visit(&it, service, kind));
	prong_stats(it.server, &stats, sizeof(stats));
	assert_int_equal(stats.ended, ROUNDS);
	assert_int_equal(stats.failed + stats.refused + stats.live, 0);
	embed_done(&it);
	host_is_usual();
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
serve_all(enum host_way way)
{
	for (size_t i = 0; i < kinds_count; i++)
		serve(way, &kinds[i]);
}

static void
a_host_that_takes_every_status_loses_nothing(void **state)
{
	(void)state;
	serve_all(HOST_CATCHES);
}

static void
a_host_that_ignores_its_children_loses_nothing(void **state)
{
	(void)state;
	serve_all(HOST_IGNORES);
}

static void
a_host_that_wants_no_zombies_loses_nothing(void **state)
{
	(void)state;
	serve_all(HOST_WANTS_NONE);
}

/* Nobody has time to open its pidfd before it is gone. */
static void
a_handler_that_ends_at_once_is_not_missed(void **state)
{
	const struct kind kind = { .name = "brief", .signal = SIGTERM };
	const struct prong_service *service =
	    embed_handler(&it, kind.name, end_by_signal, NULL);

	(void)state;
	host_is(HOST_IGNORES);
	embed_start(&it);
	for (int i = 0; i < 200; i++)
		assert_ending(HOST_IGNORES, &kind, kind_visit(&it, service, &kind));
	host_is_usual();
}

/* Its exit status is 1: a refusal, not a failure. */
static void
the_answer_of_a_policy_program_is_heard(void **state)
{
	const struct kind kind = { .name = "policy",
		.program = { "@hello" },
		.settings = {
		    { "policy", "/bin/false" }, { "policy-failed", "admit" } } };
	const struct prong_service *service;
	const struct told *refused;
	int client;

	(void)state;
	if (!host_keeps_statuses())
		skip();
	host_is(HOST_IGNORES);
	service = kind_start(&it, &kind);
	client = client_open(prong_bound(service, 0));
	refused = embed_wait(&it, "refused");
	assert_string_equal(told_text(refused, "reason"), "policy");
	close_fd(&client);
	host_is_usual();
}

/* Others of its group, whose leader somebody else has reaped. */
static void
what_a_session_leaves_behind_is_ended_all_the_same(void **state)
{
	const struct kind kind = { .name = "leaves",
		.program = { "sh", "-c", "sleep 1000 & echo $!" } };
	const struct prong_service *service;
	const struct told *end;
	int client;
	pid_t left;

	(void)state;
	host_is(HOST_CATCHES);
	service = kind_start(&it, &kind);
	client = client_open(prong_bound(service, 0));
	end = embed_wait(&it, "session-end");
	assert_string_equal(told_text(end, "rest"), "terminated");
	left = (pid_t)strtol(client_hear(&client), NULL, 10);
	assert_true(left > 0);
	assert_true(kill(left, 0) < 0 && errno == ESRCH);
	host_is_usual();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_that_takes_every_status_loses_nothing),
		cmocka_unit_test(a_host_that_ignores_its_children_loses_nothing),
		cmocka_unit_test(a_host_that_wants_no_zombies_loses_nothing),
		EMBED_TEST(a_handler_that_ends_at_once_is_not_missed),
		EMBED_TEST(the_answer_of_a_policy_program_is_heard),
		EMBED_TEST(what_a_session_leaves_behind_is_ended_all_the_same),
	};

	return cmocka_run_group_tests_name("prong_children", tests, NULL, NULL);
}
