/*
 * Several servers in one process: in one loop of the host's, and in threads that each
 * have their own.
 */
#include "kinds.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>

#define ROUNDS 50
#define SERVERS 2

static struct embed servers[SERVERS];

/* ---- one thread, one loop -------------------------------------------------------- */

static void
turn_whoever_is_ready(int epoll)
{
	struct epoll_event events[SERVERS];
	int count = epoll_wait(epoll, events, SERVERS, -1);

	for (int i = 0; i < count; i++)
		assert_true(prong_dispatch(servers[events[i].data.u32].server, 0) >= 0);
}

static bool
have_all(const char *name)
{
	for (size_t i = 0; i < SERVERS; i++)
		if (embed_find(&servers[i], name) == NULL)
			return false;
	return true;
}

static void
two_servers_share_a_loop_of_the_hosts(void **state)
{
	const struct kind *kind = &kinds[0];
	int epoll = epoll_create1(EPOLL_CLOEXEC), clients[SERVERS];
	const struct prong_service *services[SERVERS];

	(void)state;
	for (uint32_t i = 0; i < SERVERS; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		embed_init(&servers[i]);
		services[i] = kind_start(&servers[i], kind);
		assert_int_equal(
		    epoll_ctl(epoll, EPOLL_CTL_ADD, prong_fd(servers[i].server), &event),
		    0);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < SERVERS; i++) {
			embed_forget(&servers[i]);
			clients[i] = client_open(prong_bound(services[i], 0));
		}
		while (!have_all("session-end"))
			turn_whoever_is_ready(epoll);
		for (size_t i = 0; i < SERVERS; i++) {
			kind_assert_ending(kind, embed_find(&servers[i], "session-end"));
			close_fd(&clients[i]);
		}
	}
	/* One that ends takes nothing of the other's with it. */
	embed_done(&servers[0]);
	kind_assert_ending(kind, kind_visit(&servers[1], services[1], kind));
	embed_done(&servers[1]);
	close_fd(&epoll);
}

static void
one_server_reaps_no_session_of_the_others(void **state)
{
	const struct kind *kind = &kinds[0];
	const struct prong_service *services[SERVERS];
	int client;

	(void)state;
	for (size_t i = 0; i < SERVERS; i++) {
		embed_init(&servers[i]);
		services[i] = kind_start(&servers[i], kind);
	}
	client = client_open(prong_bound(services[1], 0));
	(void)embed_wait(&servers[1], "session-begin");
	kind_assert_ending(kind, kind_visit(&servers[0], services[0], kind));
	assert_int_equal(prong_kill(servers[0].server), 0);
	kind_assert_ending(kind, embed_wait(&servers[1], "session-end"));
	close_fd(&client);
	for (size_t i = 0; i < SERVERS; i++)
		embed_done(&servers[i]);
}

/* Who is in its table is killed by the warden of that server. */
static int
count_tables(const struct prong_birth *birth, void *context)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[4096];
	int count = 0;

	(void)birth;
	(void)context;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, "prong-groups") != NULL;
	return file == NULL ? 100 : count;
}

static void
a_handler_has_no_table_of_the_other_servers(void **state)
{
	const struct kind kind = { .name = "looks" };
	const struct prong_service *service;

	(void)state;
	embed_init(&servers[0]);
	(void)kind_start(&servers[0], &kinds[0]);
	assert_int_equal(count_tables(NULL, NULL), 1);
	embed_init(&servers[1]);
	service = embed_handler(&servers[1], kind.name, count_tables, NULL);
	embed_start(&servers[1]);
	kind_assert_ending(&kind, kind_visit(&servers[1], service, &kind));
	for (size_t i = 0; i < SERVERS; i++)
		embed_done(&servers[i]);
}

/* ---- ids ------------------------------------------------------------------------- */

static int
compare_ids(const void *one, const void *other)
{
	return strcmp(one, other);
}

/* Many servers, each started in the same millisecond as some other, as far as one can. */
static void
no_two_servers_give_out_the_same_id(void **state)
{
	enum { MANY = 24, EACH = 8 };
	static char ids[MANY * EACH][16];
	struct embed *many = calloc(MANY, sizeof(*many));
	const struct prong_service *services[MANY];

	(void)state;
	assert_non_null(many);
	for (size_t i = 0; i < MANY; i++) {
		embed_init(&many[i]);
		services[i] = kind_start(&many[i], &kinds[3]);
	}
	for (size_t k = 0; k < EACH; k++)
		for (size_t i = 0; i < MANY; i++)
			(void)snprintf(ids[k * MANY + i], sizeof(ids[0]), "%s",
			    kind_visit(&many[i], services[i], &kinds[3])->id);
	qsort(ids, ARRAY_SIZE(ids), sizeof(ids[0]), compare_ids);
	for (size_t i = 1; i < ARRAY_SIZE(ids); i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
	for (size_t i = 0; i < MANY; i++)
		embed_done(&many[i]);
	free(many);
}

/* ---- a thread for each ----------------------------------------------------------- */

static atomic_uint waiting;

/* So that they are in the same place of their lives as often as possible. */
static void
meet(unsigned step)
{
	waiting++;
	while (waiting < step * SERVERS)
		(void)sched_yield();
}

static void *
live(void *place)
{
	struct embed *embed = place;
	unsigned step = 0;

	for (int round = 0; round < ROUNDS; round++) {
		const struct kind *kind = &kinds[(size_t)round % kinds_count];
		struct prong_service *service;

		meet(++step);
		embed_init(embed);
		service = kind_start(embed, kind);
		meet(++step);
		for (int i = 0; i < 3; i++)
			kind_assert_ending(kind, kind_visit(embed, service, kind));
		meet(++step);
		assert_int_equal(prong_reload_begin(embed->server), 0);
		service = kind_add(embed, kind);
		if (prong_reload_commit(embed->server) < 0)
			fail_msg("%s", prong_error(embed->server));
		kind_assert_ending(kind, kind_visit(embed, service, kind));
		meet(++step);
		embed_done(embed);
	}
	return NULL;
}

static void
two_threads_have_a_server_each(void **state)
{
	pthread_t threads[SERVERS];

	(void)state;
	for (size_t i = 0; i < SERVERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, live, &servers[i]), 0);
	for (size_t i = 0; i < SERVERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_servers_share_a_loop_of_the_hosts),
		cmocka_unit_test(one_server_reaps_no_session_of_the_others),
		cmocka_unit_test(a_handler_has_no_table_of_the_other_servers),
		cmocka_unit_test(no_two_servers_give_out_the_same_id),
		cmocka_unit_test(two_threads_have_a_server_each),
	};

	return cmocka_run_group_tests_name("prong_two", tests, NULL, NULL);
}
