/*
 * What waits, and a host of any kind: a server is freed at any moment, in a forked child
 * of the host, by a host that ignores SIGCHLD or takes the status of our children.
 */
#include "freed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chance.h"
#include "engine.h"
#include "pool.h"

#define SERVERS_OF_A_WAY 60
#define TURNS_MOST 40
#define SERVICES 100

static const char *const cat[] = { "/bin/cat", NULL };

static struct prong_service *
add(const char *name, const char *how, bool is_handler)
{
	struct prong_service *service = is_handler
					    ? embed_handler(&it, name, embed_repeat, NULL)
					    : embed_program(&it, name, cat);

	assert_int_equal(prong_set(service, "start", how), 0);
	assert_int_equal(prong_set(service, "spares-min", "3"), 0);
	return service;
}

static void
turn(int timeout)
{
	assert_int_equal(prong_dispatch(it.server, timeout), 0);
}

/* The answer to words of our own. */
static void
ask(const struct prong_service *service)
{
	int fd = client_open(prong_bound(service, 0));
	char bytes[64];
	size_t used = 0;
	ssize_t got;

	client_say(fd, "word");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while ((got = read(fd, bytes + used, sizeof(bytes) - 1 - used)) != 0) {
		if (got > 0)
			used += (size_t)got;
		else
			turn(10);
	}
	bytes[used] = '\0';
	(void)close(fd);
	assert_string_equal(bytes, "word");
}

/* ---- freed at any moment --------------------------------------------------------- */

static void
live_a_while(struct prong_service *service, struct chance *chance)
{
	uint32_t turns = chance_below(chance, TURNS_MOST), clients = 0;
	int fds[TURNS_MOST];

	for (uint32_t i = 0; i < turns; i++) {
		if (chance_below(chance, 3) == 0) {
			fds[clients] = client_open(prong_bound(service, 0));
			client_say(fds[clients++], "word");
		}
		turn((int)chance_below(chance, 2));
	}
	if (chance_below(chance, 4) == 0)
		assert_int_equal(prong_drain(it.server), 0);
	prong_free(it.server);
	it.server = NULL;
	while (clients > 0)
		(void)close(fds[--clients]);
}

static void
freed_at_any_moment(const char *how, bool is_handler)
{
	struct chance chance = { .seed = 7 };
	int before;

	embed_done(&it);
	before = facts_open_files();
	for (int i = 0; i < SERVERS_OF_A_WAY; i++) {
		struct prong_service *service;

		embed_init(&it);
		service = add("service", how, is_handler);
		embed_start(&it);
		live_a_while(service, &chance);
		expect_nothing_left(before);
	}
}

static void
a_server_is_freed_at_any_moment(void **state)
{
	(void)state;
	freed_at_any_moment("spare", true);
	freed_at_any_moment("spare", false);
	freed_at_any_moment("warm", false);
	freed_at_any_moment("clone", false);
}

/* ---- in a forked child ----------------------------------------------------------- */

static void
a_child_that_frees_harms_nobody(void **state)
{
	static const char *const ways[] = { "spare", "warm", "clone" };
	struct prong_service *services[ARRAY_SIZE(ways)];
	int before;

	(void)state;
	embed_done(&it);
	before = facts_open_files();
	embed_init(&it);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		services[i] = add(ways[i], ways[i], false);
	embed_start(&it);
	for (int i = 0; i < 8; i++) {
		turn(0);
		free_in_a_child(before);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		embed_wait_ready(&it, services[i], 3);
	free_in_a_child(before);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		assert_int_equal(services[i]->pool.ready, 3);
		ask(services[i]);
		assert_true(services[i]->ledger->spares.hits > 0);
		assert_int_equal(services[i]->ledger->spares.lost, 0);
	}
}

/* ---- hosts that have our children's status --------------------------------------- */

static void
take_all(int number)
{
	int error = errno;

	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = error;
}

static void
serve_in_spite(const struct sigaction *action)
{
	static const char *const ways[] = { "spare", "warm", "clone" };
	struct prong_service *services[ARRAY_SIZE(ways)];
	struct sigaction old;

	assert_int_equal(sigaction(SIGCHLD, action, &old), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		services[i] = add(ways[i], ways[i], false);
	embed_start(&it);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		embed_wait_ready(&it, services[i], 2);
	for (size_t i = 0; i < 12; i++)
		ask(services[i % ARRAY_SIZE(ways)]);
	prong_free(it.server);
	it.server = NULL;
	assert_int_equal(sigaction(SIGCHLD, &old, NULL), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
a_host_that_ignores_its_children_is_served(void **state)
{
	(void)state;
	serve_in_spite(&(struct sigaction){ .sa_handler = SIG_IGN });
}

static void
a_host_that_takes_our_children_is_served(void **state)
{
	(void)state;
	serve_in_spite(
	    &(struct sigaction){ .sa_handler = take_all, .sa_flags = SA_RESTART });
}

/* ---- no orphans ------------------------------------------------------------------ */

/* Its end is still to be told when the host looks for orphans. */
static void
end_unnoticed(const struct prong_service *service, pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(
	    waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	assert_int_equal(prong_reap_orphans(it.server), 0);
	assert_null(embed_find(&it, "orphan"));
	while (service->ledger->spares.lost == 0)
		turn(10);
	assert_int_equal(service->ledger->spares.failed, 0);
}

static void
one_that_waits_is_no_orphan(void **state)
{
	struct prong_service *service = add("service", "warm", false);

	(void)state;
	embed_start(&it);
	embed_wait_ready(&it, service, 3);
	end_unnoticed(service, service->pool.first->pid);
}

static void
a_copy_whose_number_is_not_known_yet_is_no_orphan(void **state)
{
	struct prong_service *service = add("service", "spare", true);
	const struct pool *pool = &service->pool;
	struct warm_answer answer;

	(void)state;
	embed_start(&it);
	while (pool->image == NULL || pool->image->orders == 0)
		turn(0);
	assert_int_equal(recv(pool->image->channel, &answer, sizeof(answer), MSG_PEEK),
	    sizeof(answer));
	end_unnoticed(service, answer.value);
}

/* ---- begun, and nobody told us --------------------------------------------------- */

static bool
is_ordered_for_a_client(const struct pool *pool)
{
	for (uint32_t i = 0; i < pool->capacity; i++)
		if (pool->spares[i].conn != NULL)
			return true;
	return false;
}

/* What it has copied already serves other clients. */
static pid_t
stop_image(const struct prong_service *service)
{
	pid_t image = service->pool.image->pid;

	assert_int_equal(kill(image, SIGSTOP), 0);
	assert_int_equal(
	    waitid(P_PID, (id_t)image, &(siginfo_t){ 0 }, WSTOPPED | WNOWAIT), 0);
	turn(0);
	while (service->pool.ready > 0)
		ask(service);
	return image;
}

/* The image ends behind the copy, before its answer: the client has been served, and
 * nobody else may begin. */
static void
a_client_whose_copy_has_begun_gets_no_other(void **state)
{
	struct prong_service *service = add("service", "spare", true);
	const struct pool *pool = &service->pool;
	struct warm_answer answer;
	uint32_t orders;
	pid_t image;
	int fd;

	(void)state;
	embed_start(&it);
	while (pool->image == NULL)
		turn(0);
	image = stop_image(service);
	fd = client_open(prong_bound(service, 0));
	client_say(fd, "word");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	while (!is_ordered_for_a_client(pool))
		turn(10);
	orders = pool->image->orders;
	assert_int_equal(kill(image, SIGCONT), 0);
	for (uint32_t i = 0; i < orders; i++)
		assert_int_equal(recv(pool->image->channel, &answer, sizeof(answer), 0),
		    sizeof(answer));
	assert_string_equal(client_hear(&fd), "word");
	assert_int_equal(kill(image, SIGKILL), 0);
	while (service->ledger->spares.lost == 0 || service->live > 0)
		turn(10);
	assert_int_equal(service->ledger->failed, 1);
}

/* ---- before an upgrade ----------------------------------------------------------- */

/* Nobody would read the answers, and who the copies are. */
static void
what_was_ordered_has_come_when_a_server_is_frozen(void **state)
{
	struct prong_service *service = add("service", "spare", false);
	const struct pool *pool = &service->pool;
	int fd = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	embed_start(&it);
	while (pool->image == NULL || pool->image->orders == 0)
		turn(0);
	assert_int_equal(prong_freeze(it.server, fd, 0), 0);
	assert_false(pool_is_owed(pool));
	assert_int_equal(pool->ready, 3);
	prong_unfreeze(it.server);
	ask(service);
	(void)close(fd);
}

/* ---- many ------------------------------------------------------------------------ */

static void
a_hundred_services_start_ahead_at_once(void **state)
{
	struct prong_service *services[SERVICES];
	char name[16];

	(void)state;
	for (int i = 0; i < SERVICES; i++) {
		(void)snprintf(name, sizeof(name), "s%d", i);
		services[i] = add(name, "warm", false);
		assert_int_equal(prong_set(services[i], "spares-min", "1"), 0);
		assert_int_equal(prong_set(services[i], "max", "10"), 0);
	}
	embed_start(&it);
	for (int i = 0; i < SERVICES; i++) {
		embed_wait_ready(&it, services[i], 1);
		assert_true(it.server->tracers <= it.server->tracers_most);
	}
	ask(services[SERVICES - 1]);
	assert_int_equal(services[SERVICES - 1]->ledger->spares.hits, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_server_is_freed_at_any_moment),
		EMBED_TEST(a_child_that_frees_harms_nobody),
		EMBED_TEST(a_host_that_ignores_its_children_is_served),
		EMBED_TEST(a_host_that_takes_our_children_is_served),
		EMBED_TEST(one_that_waits_is_no_orphan),
		EMBED_TEST(a_copy_whose_number_is_not_known_yet_is_no_orphan),
		EMBED_TEST(a_client_whose_copy_has_begun_gets_no_other),
		EMBED_TEST(what_was_ordered_has_come_when_a_server_is_frozen),
		EMBED_TEST(a_hundred_services_start_ahead_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
