/*
 * What the kernel has counted of a connection: src/core/traffic.h.
 */
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic.h"

#define BYTES 4096

static struct pair {
	int server, client;
} pair;

static int
set_up(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&at, length), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &length), 0);
	pair.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(pair.client, (struct sockaddr *)&at, length), 0);
	pair.server = accept(listener, NULL, NULL);
	assert_true(pair.server >= 0);
	(void)close(listener);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)close(pair.server);
	(void)close(pair.client);
	return 0;
}

static void
wait_for(short events)
{
	struct pollfd end = { .fd = pair.server, .events = events };

	assert_int_equal(poll(&end, 1, -1), 1);
}

/* As much as goes in while nobody reads. */
static uint64_t
fill(int fd)
{
	static const char bytes[BYTES];
	uint64_t sum = 0;
	ssize_t put;

	while ((put = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		sum += (uint64_t)put;
	assert_int_equal(errno, EAGAIN);
	return sum;
}

static void
bytes_count_both_ways(void **state)
{
	struct traffic traffic;
	char bytes[8];

	(void)state;
	assert_int_equal(send(pair.client, "hello", 5, 0), 5);
	wait_for(POLLIN);
	assert_int_equal(send(pair.server, "you", 3, 0), 3);
	assert_int_equal(recv(pair.client, bytes, sizeof(bytes), 0), 3);
	traffic = traffic_read(pair.server, false);
	assert_true(traffic.is_known && !traffic.is_over && !traffic.client_fin);
	assert_int_equal(traffic.in, 5);
	assert_int_equal(traffic.out, 3);
}

static void
the_clients_end_is_no_byte(void **state)
{
	struct traffic traffic;

	(void)state;
	assert_int_equal(send(pair.client, "hello", 5, 0), 5);
	assert_int_equal(shutdown(pair.client, SHUT_WR), 0);
	wait_for(POLLRDHUP);
	traffic = traffic_read(pair.server, false);
	assert_true(traffic.client_fin);
	assert_int_equal(traffic.in, 5);
	assert_int_equal(shutdown(pair.server, SHUT_WR), 0);
	assert_int_equal(traffic_read(pair.server, false).in, 5);
	assert_int_equal(traffic_read(pair.server, false).out, 0);
}

static void
a_client_that_says_nothing_has_sent_nothing(void **state)
{
	(void)state;
	assert_int_equal(shutdown(pair.client, SHUT_WR), 0);
	wait_for(POLLRDHUP);
	assert_int_equal(traffic_read(pair.server, false).in, 0);
}

static void
our_end_is_no_byte_while_it_waits_to_be_sent(void **state)
{
	struct traffic traffic;
	uint64_t sum;

	(void)state;
	sum = fill(pair.server);
	assert_int_equal(traffic_read(pair.server, false).out, sum);
	assert_int_equal(shutdown(pair.server, SHUT_WR), 0);
	traffic = traffic_read(pair.server, false);
	assert_true(traffic.unsent > 0);
	assert_int_equal(traffic.out, sum);
	assert_int_equal(shutdown(pair.client, SHUT_WR), 0);
	wait_for(POLLRDHUP);
	assert_int_equal(traffic_read(pair.server, false).out, sum);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_count_both_ways),
		TEST(the_clients_end_is_no_byte),
		TEST(a_client_that_says_nothing_has_sent_nothing),
		TEST(our_end_is_no_byte_while_it_waits_to_be_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
