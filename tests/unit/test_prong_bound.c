/*
 * Where a server listens, as its host has it.
 */
#include "embed.h"

#include <sys/socket.h>
#include <unistd.h>

#include "scratch.h"

static void
port_zero_is_the_same_free_port_in_both_families(void **state)
{
	struct prong_service *service = prong_service_add(it.server, "echo");
	const char *v4, *v6;

	(void)state;
	assert_int_equal(prong_listen(service, ":0"), 0);
	embed_start(&it);
	v4 = prong_bound(service, 0);
	v6 = prong_bound(service, 1);
	assert_memory_equal(v4, "0.0.0.0:", 8);
	assert_true(strcmp(v4, "0.0.0.0:0") != 0);
	if (v6 == NULL) {
		skip(); /* no IPv6 here */
		return;
	}
	assert_memory_equal(v6, "[::]:", 5);
	assert_string_equal(strrchr(v4, ':'), strrchr(v6, ':'));
	assert_null(prong_bound(service, 2));
}

static void
bound_addresses_are_known_from_the_start_on(void **state)
{
	struct prong_service *service =
	    embed_program(&it, "echo", (const char *[]){ "@echo", NULL });
	char where[64];

	(void)state;
	(void)snprintf(where, sizeof(where), "unix:@prong-unit-bound-%d", (int)getpid());
	assert_int_equal(prong_listen(service, "127.0.0.2:0"), 0);
	assert_int_equal(prong_listen(service, where), 0);
	assert_null(prong_bound(service, 0));
	embed_start(&it);
	assert_memory_equal(prong_bound(service, 0), "127.0.0.1:", 10);
	assert_memory_equal(prong_bound(service, 1), "127.0.0.2:", 10);
	assert_string_equal(prong_bound(service, 2), where);
	assert_null(prong_bound(service, 3));
	for (size_t i = 0; i < 3; i++) {
		int client = client_open(prong_bound(service, i));

		assert_int_equal(shutdown(client, SHUT_WR), 0);
		(void)embed_wait(&it, "session-end");
		assert_string_equal(client_hear(&client), "");
	}
}

static void
a_unix_socket_appears_and_goes(void **state)
{
	struct prong_service *service = prong_service_add(it.server, "echo");
	struct scratch scratch;
	char where[300];
	struct stat st;

	(void)state;
	scratch_init(&scratch);
	(void)snprintf(where, sizeof(where), "unix:%s", scratch_path(&scratch, "socket"));
	assert_int_equal(prong_listen(service, where), 0);
	assert_int_equal(prong_set(service, "unix-mode", "640"), 0);
	embed_start(&it);
	assert_int_equal(stat(scratch.path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0640);
	assert_int_equal(prong_drain(it.server), 0);
	assert_int_equal(stat(scratch.path, &st), -1);
	scratch_done(&scratch);
}

static void
an_inherited_socket_is_served(void **state)
{
	struct prong_service *service = prong_service_add(it.server, "hello");
	int client, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char where[32];

	(void)state;
	assert_int_equal(listen(fd, 1), 0); /* binds to a free port */
	(void)snprintf(where, sizeof(where), "fd:%d", fd);
	(void)prong_listen(service, where);
	(void)prong_program(service, (const char *[]){ "@hello", NULL });
	embed_start(&it);
	assert_int_equal(close(fd), 0);
	client = client_open(prong_bound(service, 0));
	(void)embed_wait(&it, "session-end");
	assert_true(strlen(client_hear(&client)) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(port_zero_is_the_same_free_port_in_both_families),
		EMBED_TEST(bound_addresses_are_known_from_the_start_on),
		EMBED_TEST(a_unix_socket_appears_and_goes),
		EMBED_TEST(an_inherited_socket_is_served),
	};

	return cmocka_run_group_tests_name("prong_bound", tests, NULL, NULL);
}
