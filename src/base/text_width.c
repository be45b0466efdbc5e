/*
 * text_width -- how much of a line of a terminal characters take
 *
 * A table of our own, since wcwidth(3) answers for the locale of the process, and a
 * server has none.
 */
#include "text.h"

static uint32_t
code_point(const char *at, size_t bytes)
{
	unsigned char first = (unsigned char)at[0];
	uint32_t code = bytes == 1 ? first : first & (0x7fU >> bytes);

	for (size_t i = 1; i < bytes; i++)
		code = code << 6 | ((unsigned char)at[i] & 0x3f);
	return code;
}

static unsigned
character_width(uint32_t code)
{
	static const struct {
		uint32_t first, last;
		unsigned width;
	} ranges[] = {
		{ 0x0300, 0x036f, 0 }, /* combining marks */
		{ 0x0483, 0x0489, 0 },
		{ 0x0591, 0x05bd, 0 },
		{ 0x064b, 0x065f, 0 },
		{ 0x1100, 0x115f, 2 }, /* Hangul */
		{ 0x1ab0, 0x1aff, 0 },
		{ 0x200b, 0x200d, 0 },
		{ 0x20d0, 0x20ff, 0 },
		{ 0x2e80, 0x303e, 2 }, /* CJK */
		{ 0x3041, 0xa4cf, 2 },
		{ 0xa960, 0xa97f, 2 },
		{ 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 },
		{ 0xfe20, 0xfe2f, 0 },
		{ 0xfe30, 0xfe6f, 2 },
		{ 0xfeff, 0xfeff, 0 },
		{ 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 },
		{ 0x1f300, 0x1f64f, 2 }, /* emoji */
		{ 0x1f680, 0x1f6ff, 2 },
		{ 0x1f900, 0x1f9ff, 2 },
		{ 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return ranges[i].width;
	return 1;
}

unsigned
text_character_columns(const char *at, size_t bytes)
{
	return character_width(code_point(at, bytes));
}

size_t
text_character_bytes(const char *at)
{
	size_t bytes = *at != '\0';

	while (bytes > 0 && bytes < 4 && ((unsigned char)at[bytes] & 0xc0) == 0x80)
		bytes++;
	return bytes;
}

size_t
text_columns(const char *text)
{
	size_t columns = 0, bytes;

	for (; (bytes = text_character_bytes(text)) > 0; text += bytes)
		columns += text_character_columns(text, bytes);
	return columns;
}
