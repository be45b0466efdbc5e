/*
 * Who is told that a descriptor can be used, also when watches come and go while they
 * are told.
 */
#include "unit.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include "loop.h"

struct bell {
	struct watch watch;
	struct loop *loop;
	int fd;
	int rings;
	uint32_t events; /* at the latest ring */
	bool is_quiet;   /* takes its ring: is not ready again */
	struct bell *removes, *adds;
};

static void
bell_ready(struct watch *watch, uint32_t events)
{
	struct bell *bell = container_of(watch, struct bell, watch);
	uint64_t value;

	bell->rings++;
	bell->events = events;
	if (bell->is_quiet)
		assert_int_equal(read(bell->fd, &value, sizeof(value)), sizeof(value));
	if (bell->removes != NULL)
		loop_remove(bell->loop, &bell->removes->watch);
	if (bell->adds != NULL)
		assert_int_equal(
		    loop_add(bell->loop, &bell->adds->watch, bell->adds->fd, EPOLLIN), 0);
	bell->adds = NULL;
}

/* A bell that has rung already, watched if `is_added`. */
static void
bell_init(struct bell *bell, struct loop *loop, bool is_added)
{
	*bell = (struct bell){
		.watch = { .ready = bell_ready, .fd = -1 },
		.loop = loop,
		.fd = eventfd(1, EFD_CLOEXEC),
	};
	assert_true(bell->fd >= 0);
	if (is_added)
		assert_int_equal(loop_add(loop, &bell->watch, bell->fd, EPOLLIN), 0);
}

static void
bell_done(struct bell *bell)
{
	loop_remove(bell->loop, &bell->watch);
	close_fd(&bell->fd);
}

static void
what_is_ready_is_told_until_it_is_taken(void **state)
{
	struct loop loop;
	struct bell bell;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	bell_init(&bell, &loop, true);
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(bell.rings, 2);
	bell.is_quiet = true;
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(loop_turn(&loop, 0), 0);
	assert_int_equal(bell.rings, 3);
	bell_done(&bell);
	loop_done(&loop);
}

static void
the_events_say_what_happened(void **state)
{
	struct loop loop;
	struct bell bell = { .watch = { .ready = bell_ready, .fd = -1 }, .loop = &loop };
	int fds[2];

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(loop_add(&loop, &bell.watch, fds[0], EPOLLOUT), 0);
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(bell.events, EPOLLOUT);
	assert_int_equal(loop_change(&loop, &bell.watch, EPOLLIN | EPOLLRDHUP), 0);
	assert_int_equal(loop_turn(&loop, 0), 0);
	assert_int_equal(bell.rings, 1);
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(bell.events, EPOLLIN | EPOLLRDHUP);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(bell.events, EPOLLIN | EPOLLRDHUP | EPOLLHUP);
	loop_remove(&loop, &bell.watch);
	(void)close(fds[0]);
	loop_done(&loop);
}

static void
a_watch_may_remove_itself(void **state)
{
	struct loop loop;
	struct bell bell;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	bell_init(&bell, &loop, true);
	bell.removes = &bell;
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(bell.watch.fd, -1);
	assert_int_equal(loop_turn(&loop, 0), 0);
	assert_int_equal(bell.rings, 1);
	bell_done(&bell);
	loop_done(&loop);
}

/* Whichever of the two comes first, the other is not told, though epoll reported both. */
static void
a_removed_watch_is_not_told_what_was_reported_before(void **state)
{
	struct loop loop;
	struct bell one, other;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	bell_init(&one, &loop, true);
	bell_init(&other, &loop, true);
	one.removes = &other;
	other.removes = &one;
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(one.rings + other.rings, 1);
	bell_done(&one);
	bell_done(&other);
	loop_done(&loop);
}

static void
a_watch_that_moves_to_another_descriptor_is_not_told_of_the_old_one(void **state)
{
	struct loop loop;
	struct bell one, other;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	bell_init(&one, &loop, true);
	bell_init(&other, &loop, true);
	one.removes = one.adds = &other;
	other.removes = other.adds = &one;
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(one.rings + other.rings, 1);
	assert_true(one.watch.fd == one.fd && other.watch.fd == other.fd);
	one.removes = one.adds = other.removes = other.adds = NULL;
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(one.rings + other.rings, 3);
	bell_done(&one);
	bell_done(&other);
	loop_done(&loop);
}

static void
a_watch_that_was_added_while_telling_is_told_in_the_next_turn(void **state)
{
	struct loop loop;
	struct bell one, other;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	bell_init(&one, &loop, true);
	bell_init(&other, &loop, false);
	one.adds = &other;
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(other.rings, 0);
	assert_int_equal(loop_turn(&loop, -1), 0);
	assert_int_equal(other.rings, 1);
	bell_done(&one);
	bell_done(&other);
	loop_done(&loop);
}

static void
one_turn_tells_all_however_many_there_are(void **state)
{
	static struct bell bells[3 * LOOP_BATCH + 5];
	struct loop loop;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bells); i++) {
		bell_init(&bells[i], &loop, true);
		bells[i].is_quiet = true;
	}
	assert_int_equal(loop_turn(&loop, -1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bells); i++) {
		assert_int_equal(bells[i].rings, 1);
		bell_done(&bells[i]);
	}
	loop_done(&loop);
}

static void
those_that_are_always_ready_do_not_keep_a_turn_for_ever(void **state)
{
	static struct bell bells[LOOP_BATCH];
	struct loop loop;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bells); i++)
		bell_init(&bells[i], &loop, true);
	assert_int_equal(loop_turn(&loop, -1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bells); i++) {
		assert_true(bells[i].rings >= 1);
		bell_done(&bells[i]);
	}
	loop_done(&loop);
}

static void
the_loop_is_a_descriptor_of_another_loop(void **state)
{
	struct loop outer, inner;
	struct bell bell = { .watch = { .ready = bell_ready, .fd = -1 }, .loop = &outer };
	struct bell deep;

	(void)state;
	assert_int_equal(loop_init(&outer), 0);
	assert_int_equal(loop_init(&inner), 0);
	assert_int_equal(loop_add(&outer, &bell.watch, loop_fd(&inner), EPOLLIN), 0);
	assert_int_equal(loop_turn(&outer, 0), 0);
	assert_int_equal(bell.rings, 0);
	bell_init(&deep, &inner, true);
	assert_int_equal(loop_turn(&outer, -1), 0);
	assert_int_equal(bell.rings, 1);
	deep.is_quiet = true;
	assert_int_equal(loop_turn(&inner, -1), 0);
	assert_int_equal(loop_turn(&outer, 0), 0);
	assert_int_equal(bell.rings, 1);
	bell_done(&deep);
	loop_remove(&outer, &bell.watch);
	loop_done(&inner);
	loop_done(&outer);
}

static void
what_cannot_be_watched_is_refused(void **state)
{
	struct loop loop;
	struct watch watch = { .ready = bell_ready, .fd = -1 };
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(loop_add(&loop, &watch, fileno(file), EPOLLIN), -EPERM);
	assert_int_equal(loop_add(&loop, &watch, -1, EPOLLIN), -EBADF);
	assert_int_equal(watch.fd, -1);
	loop_remove(&loop, &watch);
	(void)fclose(file);
	loop_done(&loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_ready_is_told_until_it_is_taken),
		cmocka_unit_test(the_events_say_what_happened),
		cmocka_unit_test(a_watch_may_remove_itself),
		cmocka_unit_test(a_removed_watch_is_not_told_what_was_reported_before),
		cmocka_unit_test(
		    a_watch_that_moves_to_another_descriptor_is_not_told_of_the_old_one),
		cmocka_unit_test(
		    a_watch_that_was_added_while_telling_is_told_in_the_next_turn),
		cmocka_unit_test(one_turn_tells_all_however_many_there_are),
		cmocka_unit_test(those_that_are_always_ready_do_not_keep_a_turn_for_ever),
		cmocka_unit_test(the_loop_is_a_descriptor_of_another_loop),
		cmocka_unit_test(what_cannot_be_watched_is_refused),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
