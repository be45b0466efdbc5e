/*
 * Bytes in order, whole or not at all, across the end of the memory.
 */
#include "unit.h"

#include "ring.h"

static void
what_goes_in_comes_out_in_order(void **state)
{
	unsigned char in = 0, out = 0;
	struct ring ring;

	(void)state;
	assert_int_equal(ring_init(&ring, 13), 0);
	for (size_t round = 0; round < 1000; round++) {
		size_t length = round * 7 % 11;
		char bytes[16];
		struct iovec parts[2];

		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)(in + i);
		if (ring_put(&ring, bytes, length))
			in = (unsigned char)(in + length);
		for (int i = 0, count = ring_peek(&ring, 5, parts); i < count; i++) {
			for (size_t at = 0; at < parts[i].iov_len; at++)
				assert_int_equal(
				    ((unsigned char *)parts[i].iov_base)[at], out++);
			ring_take(&ring, parts[i].iov_len);
		}
	}
	assert_int_equal(ring.used, (unsigned char)(in - out));
	ring_done(&ring);
}

static void
what_does_not_fit_leaves_nothing_behind(void **state)
{
	struct ring ring;
	char copy[4];

	(void)state;
	assert_int_equal(ring_init(&ring, 4), 0);
	assert_true(ring_put(&ring, "a\nb", 3));
	assert_false(ring_put(&ring, "cd", 2));
	assert_true(ring_put(&ring, "\n", 1));
	assert_false(ring_put(&ring, "e", 1));
	assert_int_equal(ring_lines(&ring), 2);
	ring_take(&ring, 2);
	assert_true(ring_put(&ring, "ef", 2));
	ring_copy(&ring, 0, copy, 4);
	assert_memory_equal(copy, "b\nef", 4);
	ring_done(&ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out_in_order),
		cmocka_unit_test(what_does_not_fit_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
