#include "diag.h"

#include <stdarg.h>
#include <string.h>

#include "excerpt.h"
#include "text.h"
#include "words.h"

/* Words in a message may have been made harmless before; a backslash is not doubled. */
static void
put_harmless(struct text *text, const char *bytes)
{
	while (*bytes != '\0') {
		size_t length = strcspn(bytes, "\\");

		text_put_quoted(text, bytes, length);
		bytes += length;
		if (*bytes == '\\') {
			text_put_char(text, '\\');
			bytes++;
		}
	}
}

static void put_message(FILE *out, const char *format, va_list words)
    __attribute__((format(printf, 2, 0)));

static void
put_message(FILE *out, const char *format, va_list words)
{
	char message[2048], harmless[4 * sizeof(message)] = "";
	struct text text = TEXT_ON(harmless);

	(void)vsnprintf(message, sizeof(message), format, words);
	put_harmless(&text, message);
	(void)fprintf(out, "%s\n", harmless);
}

static void
put_place(FILE *out, const struct mark *mark)
{
	char name[4096] = "";
	struct text text = TEXT_ON(name);

	if (mark == NULL || mark->input == NULL)
		return;
	put_harmless(&text, mark->input->name);
	if (mark->line == 0)
		(void)fprintf(out, "%s: ", name);
	else
		(void)fprintf(out, "%s:%u:%u: ", name, mark->line, mark->column);
}

static void put_whole(FILE *out, const struct mark *mark, const char *prefix,
    const char *format, va_list words) __attribute__((format(printf, 4, 0)));

/* Where it is, what it is, and the line of the file. */
static void
put_whole(FILE *out, const struct mark *mark, const char *prefix, const char *format,
    va_list words)
{
	put_place(out, mark);
	(void)fputs(prefix, out);
	put_message(out, format, words);
	if (mark != NULL)
		excerpt_put(out, mark);
}

void
diag_mistake(struct diags *diags, const struct mark *mark, const char *format, ...)
{
	va_list words;

	diags->is_hidden = diags->mistakes++ >= DIAG_MAX;
	if (diags->is_hidden)
		return;
	va_start(words, format);
	put_whole(diags->out, mark, "", words_get(format), words);
	va_end(words);
}

void
diag_warning(struct diags *diags, const struct mark *mark, const char *format, ...)
{
	va_list words;

	diags->is_hidden = diags->warnings++ >= DIAG_MAX;
	if (diags->is_hidden)
		return;
	va_start(words, format);
	put_whole(diags->out, mark, _("warning: "), words_get(format), words);
	va_end(words);
}

void
diag_note(struct diags *diags, const struct mark *mark, const char *format, ...)
{
	va_list words;

	if (diags->is_hidden)
		return;
	va_start(words, format);
	put_whole(diags->out, mark, "", words_get(format), words);
	va_end(words);
}

void
diag_hint(struct diags *diags, const char *format, ...)
{
	va_list words;

	if (diags->is_hidden)
		return;
	(void)fputs("    ", diags->out);
	va_start(words, format);
	put_message(diags->out, words_get(format), words);
	va_end(words);
}

void
diag_end(struct diags *diags)
{
	if (diags->mistakes > DIAG_MAX)
		(void)fprintf(diags->out,
		    words_count("and %u more mistake\n", "and %u more mistakes\n",
			diags->mistakes - DIAG_MAX),
		    diags->mistakes - DIAG_MAX);
	diags->is_hidden = false;
}

const char *
diag_word(struct diag_word *ret_word, const char *word)
{
	const size_t most = sizeof(ret_word->text) - sizeof("...");
	size_t length = strlen(word);
	bool is_long = length > most;

	if (is_long)
		for (length = most; length > 0 && (word[length] & 0xc0) == 0x80;)
			length--;
	memcpy(ret_word->text, word, length);
	memcpy(ret_word->text + length, is_long ? "..." : "", is_long ? 4 : 1);
	return ret_word->text;
}
