/*
 * The slots of an environment: src/warm/padding.h.
 */
#include "padding.h"

#include "unit.h"

#define PAD16 "\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f"
#define AT 0x1000UL

static const char environment[] = "PATH=/bin\0"
				  "A=" PAD16 "\0"
				  "SHORT=\x1f\x1f\x1f\0"
				  "MIXED=" PAD16 "x\0"
				  "\0"
				  "NO_VALUE\0" PAD16 "\0"
				  "B=C=" PAD16 "\0"
				  "TCPREMOTEIP=" PAD16 PAD16;

static unsigned long
place_of(const char *text)
{
	const char *at = memmem(environment, sizeof(environment), text, strlen(text));

	assert_non_null(at);
	return AT + (unsigned long)(at - environment);
}

static void
assert_found(const struct padding *padding)
{
	assert_int_equal(padding->count, 2);
	assert_int_equal(padding->all[0].address, place_of("A=\x1f") + 2);
	assert_int_equal(padding->all[0].size, 17);
	assert_int_equal(padding->all[1].address, place_of("TCPREMOTEIP=") + 12);
	assert_int_equal(padding->all[1].size, 33);
	assert_memory_equal(padding->names[0] + PADDING_NAME_KEPT - 3, "\0A=", 3);
	assert_memory_equal(
	    padding->names[1] + PADDING_NAME_KEPT - 13, "\0TCPREMOTEIP=", 13);
}

static void
only_a_value_of_padding_is_a_slot(void **state)
{
	struct padding padding = { .count = 0 };
	struct padding_walk walk = { 0 };

	(void)state;
	padding_walk(&padding, &walk, environment, sizeof(environment), AT);
	assert_found(&padding);
}

static void
an_environment_can_come_in_any_pieces(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < sizeof(environment); piece++) {
		struct padding padding = { .count = 0 };
		struct padding_walk walk = { 0 };

		for (size_t done = 0; done < sizeof(environment); done += piece) {
			size_t left = sizeof(environment) - done;

			padding_walk(&padding, &walk, environment + done,
			    left < piece ? left : piece, AT + done);
		}
		assert_found(&padding);
	}
}

static void
there_are_no_more_slots_than_there_is_room_for(void **state)
{
	static const char one[] = "NAME=" PAD16;
	struct padding padding = { .count = 0 };
	struct padding_walk walk = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2 * WARM_SLOTS_MAX; i++)
		padding_walk(&padding, &walk, one, sizeof(one), AT + i * sizeof(one));
	assert_int_equal(padding.count, WARM_SLOTS_MAX);
}

static void
of_a_long_name_the_end_is_kept(void **state)
{
	static const char variable[] =
	    "A_NAME_OF_MORE_THAN_THIRTY_TWO_LETTERS_IN_ALL=" PAD16;
	struct padding padding = { .count = 0 };
	struct padding_walk walk = { 0 };

	(void)state;
	padding_walk(&padding, &walk, variable, sizeof(variable), AT);
	assert_int_equal(padding.count, 1);
	assert_memory_equal(padding.names[0] + PADDING_NAME_KEPT - 8, "_IN_ALL=", 8);
	assert_int_not_equal(padding.names[0][0], '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_value_of_padding_is_a_slot),
		cmocka_unit_test(an_environment_can_come_in_any_pieces),
		cmocka_unit_test(there_are_no_more_slots_than_there_is_room_for),
		cmocka_unit_test(of_a_long_name_the_end_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
