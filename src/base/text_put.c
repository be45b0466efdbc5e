/*
 * text_put -- text into fixed memory
 *
 * Everything goes through text_put_bytes(), the only place that knows the bound.  After
 * the first cut nothing is added any more, so that what is there is always a beginning
 * of what was meant.  No printf but in text_printf(): these run for every connection.
 */
#include "text.h"

#include <stdarg.h>
#include <string.h>

#define DIGITS_MAX 22 /* 2^64 - 1 in octal */

void
text_put_bytes(struct text *text, const char *bytes, size_t length)
{
	if (length == 0 || text->is_cut)
		return;
	if (text->size == 0) {
		text->is_cut = true;
		return;
	}

	size_t room = text->size - 1 - text->used;

	if (length > room) {
		text->is_cut = true;
		length = room;
	}
	memcpy(text->at + text->used, bytes, length);
	text->used += length;
	text->at[text->used] = '\0';
}

void
text_put(struct text *text, const char *string)
{
	text_put_bytes(text, string, strlen(string));
}

void
text_put_char(struct text *text, char c)
{
	text_put_bytes(text, &c, 1);
}

static void
put_digits(struct text *text, uint64_t number, unsigned base)
{
	char digits[DIGITS_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % base);
		number /= base;
	} while (number > 0);
	text_put_bytes(text, digits + at, sizeof(digits) - at);
}

void
text_put_number(struct text *text, uint64_t number)
{
	put_digits(text, number, 10);
}

void
text_put_signed(struct text *text, int64_t number)
{
	if (number < 0)
		text_put_char(text, '-');
	text_put_number(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void
text_put_octal(struct text *text, uint64_t number)
{
	put_digits(text, number, 8);
}

void
text_printf(struct text *text, const char *format, ...)
{
	va_list arguments;
	int wanted;

	if (text->is_cut)
		return;

	size_t room = text->size - text->used;

	va_start(arguments, format);
	wanted =
	    vsnprintf(room > 0 ? text->at + text->used : NULL, room, format, arguments);
	va_end(arguments);
	if (wanted < 0) {
		text->is_cut = true;
		return;
	}
	if ((size_t)wanted < room) {
		text->used += (size_t)wanted;
		return;
	}
	text->is_cut = wanted > 0;
	if (room > 0)
		text->used = text->size - 1;
}

/* ---- for people ------------------------------------------------------------------ */

static void
put_tenths(struct text *text, uint64_t tenths, const char *unit)
{
	text_put_number(text, tenths / 10);
	text_put_char(text, '.');
	text_put_number(text, tenths % 10);
	text_put(text, unit);
}

/* "3 min 20 s"; the small unit only when there is some of it. */
static void
put_pair(struct text *text, uint64_t amount, uint64_t per_big, const char *big,
    const char *small)
{
	text_put_number(text, amount / per_big);
	text_put(text, big);
	if (amount % per_big == 0)
		return;
	text_put_char(text, ' ');
	text_put_number(text, amount % per_big);
	text_put(text, small);
}

static void
put_length(struct text *text, uint64_t milliseconds)
{
	uint64_t tenths = milliseconds / 100 + (milliseconds % 100 >= 50);
	uint64_t seconds = milliseconds / 1000 + (milliseconds % 1000 >= 500);
	uint64_t minutes = (seconds + 30) / 60;

	if (milliseconds < 1000) {
		text_put_number(text, milliseconds);
		text_put(text, " ms");
	} else if (tenths < 100) {
		put_tenths(text, tenths, " s");
	} else if (seconds < 60) {
		text_put_number(text, seconds);
		text_put(text, " s");
	} else if (seconds < 60 * 60) {
		put_pair(text, seconds, 60, " min", " s");
	} else if (minutes < 24 * 60) {
		put_pair(text, minutes, 60, " h", " min");
	} else {
		put_pair(text, (minutes + 30) / 60, 24, " d", " h");
	}
}

void
text_put_time(struct text *text, msec time)
{
	if (time < 0)
		text_put_char(text, '-');
	put_length(text, time < 0 ? -(uint64_t)time : (uint64_t)time);
}

void
text_put_usec(struct text *text, uint64_t usec)
{
	uint64_t tenths = usec / 100 + (usec % 100 >= 50);

	if (tenths < 100)
		put_tenths(text, tenths, " ms");
	else
		put_length(text, usec / 1000 + (usec % 1000 >= 500));
}

void
text_put_bytes_amount(struct text *text, uint64_t bytes)
{
	static const char *const units[] = { " B", " KB", " MB", " GB", " TB", " PB",
		" EB" };
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && bytes >> (10 * (i + 1)) > 0)
		i++;
	if (i == 0) {
		text_put_number(text, bytes);
		text_put(text, units[0]);
		return;
	}

	uint64_t unit = (uint64_t)1 << (10 * i);
	uint64_t rest = bytes % unit;
	uint64_t tenths = bytes / unit * 10 + (rest * 10 + unit / 2) / unit;
	uint64_t whole = bytes / unit + (rest >= unit / 2);

	if (tenths < 100) {
		put_tenths(text, tenths, units[i]);
	} else if (whole == 1024) { /* rounded up into the next unit; 15 EB is the most */
		text_put(text, "1.0");
		text_put(text, units[i + 1]);
	} else {
		text_put_number(text, whole);
		text_put(text, units[i]);
	}
}

const char *
text_errno(int error)
{
	const char *words = strerrordesc_np(error);

	return words == NULL ? "an error without a name" : words;
}
