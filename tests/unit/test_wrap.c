/*
 * Where a line of help may be broken.
 */
#include "unit.h"

#include "wrap.h"

/* The pieces with a | between them. */
static void
put_pieces(struct text *text, const char *words)
{
	for (bool is_first = true; *words != '\0'; is_first = false) {
		size_t columns, length;

		words += *words == ' ';
		length = wrap_piece(words, &columns);
		if (!is_first)
			text_put_char(text, '|');
		text_put_bytes(text, words, length);
		words += length;
	}
}

static void
english_is_broken_between_words(void **state)
{
	size_t columns;

	(void)state;
	assert_put(put_pieces(&put_here, "a word (TCP) [60s]"), "a|word|(TCP)|[60s]");
	assert_put(put_pieces(&put_here, ""), "");
	assert_int_equal(wrap_piece("word next", &columns), 4);
	assert_int_equal(columns, 4);
}

static void
chinese_is_broken_between_characters_but_not_at_their_marks(void **state)
{
	size_t columns;

	(void)state;
	assert_put(put_pieces(&put_here, "时间，或 off"), "时|间，|或|off");
	assert_put(put_pieces(&put_here, "等待（TCP）。"), "等|待|（TCP）。");
	assert_put(put_pieces(&put_here, "用TERM和"), "用|TERM|和");
	assert_int_equal(wrap_piece("间，或", &columns), 6);
	assert_int_equal(columns, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(english_is_broken_between_words),
		cmocka_unit_test(
		    chinese_is_broken_between_characters_but_not_at_their_marks),
	};

	return cmocka_run_group_tests_name("wrap", tests, NULL, NULL);
}
