#include "scalar.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base.h"

#define INVALID UINT32_MAX
#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* The character at `at` and how many bytes it takes; INVALID takes one. */
static uint32_t
decode(const char *at, size_t *ret_taken)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)at[0];
	size_t wanted = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t code = first & (0x7fU >> wanted);

	*ret_taken = 1;
	if (first < 0x80)
		return first;
	if (first < 0xc2 || first > 0xf4)
		return INVALID;
	for (size_t i = 1; i < wanted; i++) {
		if (((unsigned char)at[i] & 0xc0) != 0x80)
			return INVALID;
		code = code << 6 | ((unsigned char)at[i] & 0x3f);
	}
	if (code < least[wanted] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return INVALID;
	*ret_taken = wanted;
	return code;
}

/* YAML takes it as it is, it ends no line and moves no cursor. */
static bool
is_printable(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} refused[] = {
		{ 0x00, 0x1f },
		{ 0x7f, 0x9f },
		{ 0x061c, 0x061c },
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
		{ 0xfeff, 0xfeff },
		{ 0xfffe, 0xffff },
		{ 0x110000, INVALID },
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (code >= refused[i].first && code <= refused[i].last)
			return false;
	return true;
}

bool
scalar_may_be(const char *word)
{
	size_t taken;

	for (; *word != '\0'; word += taken)
		if (decode(word, &taken) == INVALID)
			return false;
	return true;
}

/* No mark of YAML in it, and none at its beginning. */
static bool
is_plain(const char *word)
{
	size_t dashes = strspn(word, "-");

	if (dashes == 1 || dashes == 2)
		word += dashes;
	if (dashes > 0 && (word[0] == '\0' || strchr(LETTERS, word[0]) == NULL))
		return false;
	return strchr(LETTERS DIGITS "/._", word[0]) != NULL && word[0] != '\0' &&
	       word[strspn(word, LETTERS DIGITS "/._+-@=%")] == '\0' &&
	       strcmp(word, "=") != 0;
}

/* An IPv4 address and a port: two dots are in no number. */
static bool
is_address(const char *word)
{
	const char *colon = strrchr(word, ':');
	size_t length = strspn(word, DIGITS ".");
	unsigned dots = 0;

	for (size_t i = 0; i < length; i++)
		dots += word[i] == '.';
	if (dots != 3 || strchr(DIGITS, word[0]) == NULL)
		return false;
	return word[length] == '\0' || (word + length == colon && colon[1] != '\0' &&
					   colon[1 + strspn(colon + 1, DIGITS)] == '\0');
}

/* A path cannot be taken for anything else; "12", "1e3", "0x1f", ".5" and "no" can. */
static bool
is_ambiguous(const char *word)
{
	static const char *const words[] = { "y", "n", "yes", "no", "on", "off", "true",
		"false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(word, words[i]) == 0)
			return true;
	return strchr(DIGITS ".", word[0]) != NULL;
}

static void
put_quoted(FILE *out, const char *word)
{
	(void)fputc('"', out);
	while (*word != '\0') {
		size_t taken;
		uint32_t code = decode(word, &taken);

		if (code == '"' || code == '\\')
			(void)fprintf(out, "\\%c", (int)code);
		else if (code == '\n' || code == '\t' || code == '\r')
			(void)fputs(code == '\n'   ? "\\n"
				    : code == '\t' ? "\\t"
						   : "\\r",
			    out);
		else if (is_printable(code))
			(void)fwrite(word, 1, taken, out);
		else if (code == INVALID)
			(void)fprintf(out, "\\\\x%02x", (unsigned char)*word);
		else
			(void)fprintf(out, "\\U%08x", code);
		word += taken;
	}
	(void)fputc('"', out);
}

void
scalar_put_value(FILE *out, const char *word)
{
	bool is_negative = word[0] == '-' && word[1] != '\0' &&
			   word[1 + strspn(word + 1, DIGITS)] == '\0';

	if (is_plain(word) || is_address(word) || is_negative)
		(void)fputs(word, out);
	else
		put_quoted(out, word);
}

void
scalar_put_word(FILE *out, const char *word)
{
	if (is_address(word) || (is_plain(word) && !is_ambiguous(word)))
		(void)fputs(word, out);
	else
		put_quoted(out, word);
}

void
scalar_put_comment(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t taken;

		if (is_printable(decode(text, &taken)))
			(void)fwrite(text, 1, taken, out);
		else if (*text == '\t')
			(void)fputc(' ', out);
		else
			for (size_t i = 0; i < taken; i++)
				(void)fprintf(out, "\\x%02x", (unsigned char)text[i]);
		text += taken;
	}
}
