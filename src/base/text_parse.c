/*
 * text_parse -- numbers, times, sizes and modes, strictly
 *
 * Each parser reads digits with take_digits() and then insists on knowing every byte
 * that follows.  A number too large for 64 bits is out of range, not something else.
 */
#include "text.h"

#include <string.h>

#define FRACTION_DIGITS_MAX 9
#define NAME_LENGTH_MAX 63

struct unit {
	const char *name;
	uint64_t factor;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the digits at *at and moves past them.  -EINVAL: none, or leading zeros;
 * -ERANGE: more than 64 bits, *at has moved nevertheless. */
static int
take_digits(const char **at, uint64_t *ret_number)
{
	const char *digit = *at;
	uint64_t number = 0;
	bool is_huge = false;

	if (!is_digit(digit[0]) || (digit[0] == '0' && is_digit(digit[1])))
		return -EINVAL;
	for (; is_digit(*digit); digit++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*digit - '0'), &number))
			is_huge = true;

	*at = digit;
	if (is_huge)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

int
text_parse_number(const char *word, uint64_t min, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;
	int r = take_digits(&word, &number);

	if (r == -EINVAL || *word != '\0')
		return -EINVAL;
	if (r < 0 || number < min || number > max)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

/* 0: no such unit. */
static uint64_t
unit_factor(const struct unit *units, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(units[i].name, name) == 0)
			return units[i].factor;
	return 0;
}

/* Digits after a point, as *ret_number / *ret_scale. */
static int
take_fraction(const char **at, uint64_t *ret_number, uint64_t *ret_scale)
{
	const char *digit = *at;
	uint64_t number = 0, scale = 1;

	for (; is_digit(*digit) && digit - *at < FRACTION_DIGITS_MAX; digit++) {
		number = number * 10 + (uint64_t)(*digit - '0');
		scale *= 10;
	}
	if (scale == 1 || is_digit(*digit))
		return -EINVAL;
	*at = digit;
	*ret_number = number;
	*ret_scale = scale;
	return 0;
}

int
text_parse_time(const char *word, msec min, msec max, msec *ret_time)
{
	static const struct unit units[] = {
		{ "", 1000 },
		{ "ms", 1 },
		{ "s", 1000 },
		{ "m", 60 * 1000 },
		{ "h", 60 * 60 * 1000 },
		{ "d", 24 * 60 * 60 * 1000 },
	};
	uint64_t whole = 0, part = 0, scale = 1;
	int r = take_digits(&word, &whole);

	if (r == -EINVAL)
		return r;
	if (*word == '.') {
		word++;
		if (take_fraction(&word, &part, &scale) < 0)
			return -EINVAL;
	}

	uint64_t factor = unit_factor(units, ARRAY_SIZE(units), word);
	msec time;

	/* Finer than a millisecond: whoever wrote it expects something we cannot do. */
	if (factor == 0 || part * factor % scale != 0)
		return -EINVAL;
	if (r < 0 || __builtin_mul_overflow(whole, factor, &time) ||
	    __builtin_add_overflow(time, part * factor / scale, &time))
		return -ERANGE;
	if (time < min || time > max)
		return -ERANGE;
	*ret_time = time;
	return 0;
}

int
text_parse_size(const char *word, uint64_t min, uint64_t max, uint64_t *ret_size)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "K", (uint64_t)1 << 10 },
		{ "KB", (uint64_t)1 << 10 },
		{ "KiB", (uint64_t)1 << 10 },
		{ "M", (uint64_t)1 << 20 },
		{ "MB", (uint64_t)1 << 20 },
		{ "MiB", (uint64_t)1 << 20 },
		{ "G", (uint64_t)1 << 30 },
		{ "GB", (uint64_t)1 << 30 },
		{ "GiB", (uint64_t)1 << 30 },
		{ "T", (uint64_t)1 << 40 },
		{ "TB", (uint64_t)1 << 40 },
		{ "TiB", (uint64_t)1 << 40 },
	};
	uint64_t size = 0;
	int r = take_digits(&word, &size);

	if (r == -EINVAL)
		return r;

	uint64_t factor = unit_factor(units, ARRAY_SIZE(units), word);

	if (factor == 0)
		return -EINVAL;
	if (r < 0 || __builtin_mul_overflow(size, factor, &size))
		return -ERANGE;
	if (size < min || size > max)
		return -ERANGE;
	*ret_size = size;
	return 0;
}

int
text_parse_mode(const char *word, unsigned *ret_mode)
{
	size_t length = strspn(word, "01234567");
	unsigned mode = 0;

	if (length == 0 || word[length] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		mode = mode * 8 + (unsigned)(word[i] - '0');
		if (mode > 07777)
			return -ERANGE;
	}
	if (length > 4)
		return -EINVAL;
	*ret_mode = mode;
	return 0;
}

/* ---- escapes --------------------------------------------------------------------- */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One byte, written plainly or as an escape; how many bytes it was written with, 0 for
 * an escape nobody knows. */
static size_t
read_byte(const char *at, char *ret_byte)
{
	static const char letters[] = "nrt\\0e";
	static const char meanings[] = "\n\r\t\\\0\033";

	if (*at != '\\') {
		*ret_byte = *at;
		return 1;
	}
	if (at[1] == 'x') {
		int high = hex_value(at[2]);
		int low = high < 0 ? -1 : hex_value(at[3]);

		*ret_byte = (char)(high * 16 + low);
		return low < 0 ? 0 : 4;
	}

	const char *letter = at[1] == '\0' ? NULL : strchr(letters, at[1]);

	*ret_byte = letter == NULL ? '\0' : meanings[letter - letters];
	return letter == NULL ? 0 : 2;
}

int
text_unescape(char *text, size_t *ret_length)
{
	size_t step, length = 0;
	char byte;

	/* Twice, so that a text with a mistake in it is still what the user wrote. */
	for (const char *at = text; *at != '\0'; at += step) {
		step = read_byte(at, &byte);
		if (step == 0)
			return -EINVAL;
	}
	for (const char *at = text; *at != '\0'; at += step) {
		step = read_byte(at, &byte);
		text[length++] = byte;
	}
	text[length] = '\0';
	*ret_length = length;
	return 0;
}

/* ---- did you mean ---------------------------------------------------------------- */

static size_t
smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's, and two letters that changed places count once; three rows are kept, and
 * both words are at most NAME_LENGTH_MAX long. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t rows[3][NAME_LENGTH_MAX + 1], length = strlen(b), line = 0;

	for (size_t i = 0; i <= length; i++)
		rows[0][i] = i;
	for (line = 1; a[line - 1] != '\0'; line++) {
		size_t *row = rows[line % 3], *last = rows[(line + 2) % 3];
		const size_t *before = rows[(line + 1) % 3];

		row[0] = line;
		for (size_t i = 1; i <= length; i++) {
			row[i] = smallest(last[i] + 1, row[i - 1] + 1,
			    last[i - 1] + (a[line - 1] != b[i - 1]));
			if (line > 1 && i > 1 && a[line - 1] == b[i - 2] &&
			    a[line - 2] == b[i - 1] && before[i - 2] + 1 < row[i])
				row[i] = before[i - 2] + 1;
		}
	}
	return rows[(line - 1) % 3][length];
}

const char *
text_nearest(const char *word, const char *const *names, size_t count)
{
	size_t length = strlen(word), best = length / 3 + 1;
	const char *nearest = NULL;

	if (length > NAME_LENGTH_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) > NAME_LENGTH_MAX)
			continue;

		size_t distance = edit_distance(word, names[i]);

		if (distance < best) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}
