#include "mistakes.h"

#include <stdarg.h>
#include <string.h>

#include "text.h"
#include "words.h"

static void print_line(FILE *out, const char *prefix, const char *format, va_list words)
    __attribute__((format(printf, 3, 0)));

static void
print_line(FILE *out, const char *prefix, const char *format, va_list words)
{
	char message[2048], quoted[4 * sizeof(message)];
	struct text line = TEXT_ON(quoted);

	(void)vsnprintf(message, sizeof(message), format, words);
	text_put_quoted(&line, message, strlen(message));
	(void)fprintf(out, "%s%s\n", prefix, quoted);
}

void
mistakes_add(struct mistakes *m, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	print_line(m->out, "prong: ", words_get(format), words);
	va_end(words);
	m->count++;
}

void
mistakes_hint(struct mistakes *m, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	print_line(m->out, "    ", words_get(format), words);
	va_end(words);
}
