/*
 * text -- numbers, sizes and times as people write them; text into fixed memory
 *
 * Parsing is strict: the whole word must be the number, in decimal, in range, without
 * blanks, signs or leading zeros ("010" is a mistake somewhere, not eight or ten).
 * Printing never allocates and never overruns: what does not fit is cut, and the
 * buffer remembers that it was.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

/* ---- parsing: 0, or -EINVAL (not such a thing), -ERANGE (outside min..max) ------- */

/* Decimal digits only. */
int text_parse_number(const char *word, uint64_t min, uint64_t max, uint64_t *ret_number);

/* A number and a unit: "250ms" "5s" "2m" "1h" "1d"; a bare number is seconds; fractions
 * such as "0.5s" are allowed down to a millisecond.  "off" is not known here. */
int text_parse_time(const char *word, msec min, msec max, msec *ret_time);

/* A number and a unit of 1024: "512" (bytes) "64K" "1M" "2G" "1T"; "KB", "KiB" too. */
int text_parse_size(const char *word, uint64_t min, uint64_t max, uint64_t *ret_size);

/* Octal permission bits: "660" or "0660"; at most 07777. */
int text_parse_mode(const char *word, unsigned *ret_mode);

/* C escapes \n \r \t \\ \0 \e \xHH in place; *ret_length counts bytes, NUL included
 * ones too; the text is NUL-terminated as well.  -EINVAL for an unknown escape. */
int text_unescape(char *text, size_t *ret_length);

/* The entry of `names` nearest to `word` (edit distance, at most a third of its
 * length), or NULL: for "did you mean". */
const char *text_nearest(const char *word, const char *const *names, size_t count);

/* ---- writing into fixed memory --------------------------------------------------- */

/* Always NUL-terminated while size > 0; `is_cut` once something did not fit. */
struct text {
	char *at;
	size_t used, size;
	bool is_cut;
};

#define TEXT_ON(array)                                                                   \
	(struct text)                                                                    \
	{                                                                                \
		.at = (array), .size = sizeof(array)                                     \
	}

void text_put(struct text *, const char *string);
void text_put_bytes(struct text *, const char *bytes, size_t length);
void text_put_char(struct text *, char);
void text_put_number(struct text *, uint64_t);
void text_put_signed(struct text *, int64_t);
void text_put_octal(struct text *, uint64_t);
void text_printf(struct text *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What an errno value means, in English: strerror(3) would say it in the language of the
 * program around us. */
const char *text_errno(int error);

/* For people: "1.2 s" "85 ms" "3 min 20 s" "2 h 5 min"; "512 B" "1.4 KB" "3.0 GB"
 * (powers of 1024, one decimal below 10 units). */
void text_put_time(struct text *, msec);
void text_put_usec(struct text *, uint64_t usec);
void text_put_bytes_amount(struct text *, uint64_t bytes);

/* Bytes from outside: printable ASCII and well-formed UTF-8 (without C1 controls and
 * bidirectional overrides) as they are, anything else as \xHH, so that nothing a client
 * or program says can move a cursor or start a new log line. */
void text_put_quoted(struct text *, const char *bytes, size_t length);

/* The same for a JSON string, without its quotation marks: \" \\ \n \u00XX; bytes that
 * are not UTF-8 become \ufffd. */
void text_put_json(struct text *, const char *bytes, size_t length);

/* ---- how wide text is ------------------------------------------------------------ */

/* Columns of a terminal: Chinese has two for a character, a combining mark has none. */
size_t text_columns(const char *text);

/* The same for one character of UTF-8, of that many bytes. */
unsigned text_character_columns(const char *at, size_t bytes);

/* How many bytes the character at `at` has; 0 at the end. */
size_t text_character_bytes(const char *at);
