/*
 * text_quote -- bytes from outside, made harmless
 *
 * A byte goes through as it is only as part of something a terminal prints in its place:
 * ASCII from ' ' to '~', and well-formed UTF-8 that is neither a control nor changes the
 * direction or the line.  An escape or a character is written whole or not at all.
 */
#include "text.h"

#include <string.h>

#define INVALID UINT32_MAX

static const char hex[] = "0123456789abcdef";

/* The sequence is written whole, or the text is cut before it. */
static void
put_whole(struct text *text, const char *bytes, size_t length)
{
	if (text->used + length < text->size)
		text_put_bytes(text, bytes, length);
	else
		text->is_cut = true;
}

/* The character at `at` and how many of the `length` bytes it takes.  INVALID takes one
 * byte: overlong forms, surrogates, what is past U+10FFFF, what is cut short. */
static uint32_t
decode(const unsigned char *at, size_t length, size_t *ret_taken)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t wanted;
	uint32_t code;

	*ret_taken = 1;
	if (at[0] < 0x80)
		return at[0];
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		wanted = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		wanted = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		wanted = 4;
	else
		return INVALID;
	if (wanted > length)
		return INVALID;

	code = at[0] & (0x7fU >> wanted);
	for (size_t i = 1; i < wanted; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return INVALID;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[wanted] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return INVALID;
	*ret_taken = wanted;
	return code;
}

/* Prints something in its place, and does nothing else. */
static bool
is_harmless(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} refused[] = {
		{ 0x00, 0x1f },
		{ 0x7f, 0x9f },
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x200e, 0x200f }, /* direction marks */
		{ 0x2028, 0x202e }, /* line and paragraph end, embeddings, overrides */
		{ 0x2066, 0x2069 }, /* isolates */
		{ 0x110000, INVALID },
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (code >= refused[i].first && code <= refused[i].last)
			return false;
	return true;
}

/* How many bytes from `at` are plain: printable ASCII, neither '\' nor `stop`. */
static size_t
plain_length(const char *at, size_t length, char stop)
{
	size_t i = 0;

	while (
	    i < length && at[i] >= ' ' && at[i] <= '~' && at[i] != '\\' && at[i] != stop)
		i++;
	return i;
}

static void
put_hex_bytes(struct text *text, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		put_whole(text, (char[]){ '\\', 'x', hex[byte >> 4], hex[byte & 15] }, 4);
	}
}

void
text_put_quoted(struct text *text, const char *bytes, size_t length)
{
	while (length > 0 && !text->is_cut) {
		size_t taken = plain_length(bytes, length, '\\');

		if (taken > 0) {
			text_put_bytes(text, bytes, taken);
		} else if (*bytes == '\\') {
			put_whole(text, "\\\\", 2);
			taken = 1;
		} else if (is_harmless(
			       decode((const unsigned char *)bytes, length, &taken))) {
			put_whole(text, bytes, taken);
		} else {
			put_hex_bytes(text, bytes, taken);
		}
		bytes += taken;
		length -= taken;
	}
}

/* Everything that is_harmless() refuses lies below U+10000. */
static void
put_json_escape(struct text *text, uint32_t code)
{
	if (code == '\n') {
		put_whole(text, "\\n", 2);
		return;
	}
	if (code == INVALID)
		code = 0xfffd;

	char escape[] = { '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15],
		hex[code >> 4 & 15], hex[code & 15] };

	put_whole(text, escape, sizeof(escape));
}

void
text_put_json(struct text *text, const char *bytes, size_t length)
{
	while (length > 0 && !text->is_cut) {
		size_t taken = plain_length(bytes, length, '"');

		if (taken > 0) {
			text_put_bytes(text, bytes, taken);
		} else if (*bytes == '\\' || *bytes == '"') {
			put_whole(text, (char[]){ '\\', *bytes }, 2);
			taken = 1;
		} else {
			uint32_t code =
			    decode((const unsigned char *)bytes, length, &taken);

			if (is_harmless(code))
				put_whole(text, bytes, taken);
			else
				put_json_escape(text, code);
		}
		bytes += taken;
		length -= taken;
	}
}
