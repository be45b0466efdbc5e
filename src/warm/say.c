#include "say.h"

#define DIGITS_MOST 20

struct say
say_begin(char *text, size_t size)
{
	text[0] = '\0';
	return (struct say){ .text = text, .size = size };
}

void
say_text(struct say *say, const char *text)
{
	while (*text != '\0' && say->used + 1 < say->size)
		say->text[say->used++] = *text++;
	say->text[say->used] = '\0';
}

void
say_number(struct say *say, uint64_t number)
{
	char digits[DIGITS_MOST + 1];
	char *at = digits + DIGITS_MOST;

	*at = '\0';
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	say_text(say, at);
}
