/*
 * Of what the supervisor asks the kernel for clients that have no session yet, each call
 * fails once, the first, the second, ... time: every client gets its answer, or is told,
 * and nothing is left.
 */
#include "embed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine.h"
#include "facts.h"
#include "faulty.h"

#define NTH_MOST 80
#define CLIENTS 3
#define REFUSAL "sorry"

static const char *const pieces[] = { "PROXY TCP4 192.0.2.7 ",
	"192.0.2.1 1000 80\r\nwords" };

static struct prong_service *
start(const char *policy_failed)
{
	static const char *const cat[] = { "/bin/cat", NULL };
	const char *const settings[][2] = { { "proxy-from", "127.0.0.0/8" },
		{ "policy", "/bin/true" }, { "policy-failed", policy_failed },
		{ "rate", "1/20ms:1" }, { "max", "2" }, { "penalty", "proxy:1s" },
		{ "refuse-text", REFUSAL } };
	struct prong_service *service = embed_program(&it, "service", cat);

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		assert_int_equal(prong_set(service, settings[i][0], settings[i][1]), 0);
	embed_start(&it);
	return service;
}

/* Whoever was sent away may not be there any more. */
static void
say(const int *fds, const char *words, bool is_last)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		(void)send(fds[i], words, strlen(words), MSG_NOSIGNAL);
		if (is_last)
			(void)shutdown(fds[i], SHUT_WR);
	}
}

/* Turns the server until the client has heard everything. */
static void
hear(int fd)
{
	char bytes[64];
	size_t used = 0;
	ssize_t got;

	assert_int_equal(__real_fcntl64(fd, F_SETFL, O_NONBLOCK), 0);
	while ((got = read(fd, bytes + used, sizeof(bytes) - 1 - used)) != 0) {
		if (got > 0)
			used += (size_t)got;
		else if (errno == EAGAIN)
			assert_int_equal(prong_dispatch(it.server, 10), 0);
		else
			break;
	}
	bytes[used] = '\0';
	(void)close(fd);
	if (used > 0 && strcmp(bytes, REFUSAL) != 0 && strcmp(bytes, "words") != 0)
		fail_msg("call %d %s %u: the client got '%s'", fault.call,
		    strerrorname_np(fault.error), fault.nth, bytes);
}

static void
come(const struct prong_service *service)
{
	int fds[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++)
		fds[i] = client_open(prong_bound(service, 0));
	say(fds, pieces[0], false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(prong_dispatch(it.server, 0), 0);
	say(fds, pieces[1], true);
	for (size_t i = 0; i < CLIENTS; i++)
		hear(fds[i]);
	while (it.server->slots.live > 0)
		assert_int_equal(prong_dispatch(it.server, 10), 0);
}

static void
check(const struct prong_service *service)
{
	const struct ledger *ledger = service->ledger;
	struct prong_stats stats;

	prong_stats(it.server, &stats, sizeof(stats));
	assert_int_equal(stats.accepted, stats.ended);
	assert_int_equal(stats.accepted + stats.refused, 2 * CLIENTS);
	assert_int_equal(ledger->gate.live, 0);
	assert_int_equal(ledger->gate.pending, 0);
	assert_int_equal(ledger->waiting, 0);
	assert_true(TAILQ_EMPTY(&ledger->ready));
	assert_int_equal(it.server->waiting, 0);
	assert_int_equal(service->live, 0);
}

/* Did it fail at all? */
static bool
try(enum call call, int error, uint32_t nth, const char *policy_failed)
{
	const struct prong_service *service;
	int before = facts_open_files();

	embed_init(&it);
	service = start(policy_failed);
	fault = (struct fault){ .is_armed = true,
		.call = call,
		.error = error,
		.nth = nth,
		.left = nth,
		.owner = getpid() };
	come(service);
	fault.is_armed = false;
	come(service);
	check(service);
	embed_done(&it);
	assert_int_equal(facts_open_files(), before);
	return fault.has_failed;
}

static void
fails_each_time(enum call call, int error, const char *policy_failed)
{
	uint32_t nth = 1;

	while (nth < NTH_MOST && try(call, error, nth, policy_failed))
		nth++;
	assert_true(nth > 1 && nth < NTH_MOST);
}

static void
whatever_fails_nobody_is_lost(void **state)
{
	(void)state;
	fails_each_time(CALL_EPOLL_CTL, ENOSPC, "refuse");
	fails_each_time(CALL_EPOLL_CTL, ENOMEM, "refuse");
	fails_each_time(CALL_RECV, EAGAIN, "refuse");
	fails_each_time(CALL_RECV, EINTR, "refuse");
	fails_each_time(CALL_RECV, ECONNRESET, "refuse");
	fails_each_time(CALL_SOCKETPAIR, EMFILE, "refuse");
	fails_each_time(CALL_PIPE2, ENFILE, "refuse");
	fails_each_time(CALL_DUP3, EBUSY, "refuse");
}

/* Of a question that could not be asked nothing is left in the session. */
static void
whatever_fails_who_is_let_in_for_it_is_not_lost(void **state)
{
	(void)state;
	fails_each_time(CALL_DUP3, EBUSY, "admit");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_fails_nobody_is_lost),
		cmocka_unit_test(whatever_fails_who_is_let_in_for_it_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
