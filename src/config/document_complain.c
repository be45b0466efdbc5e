/*
 * document_complain -- what the YAML parser says, and what may have been meant
 */
#include "document.h"

#include <string.h>

#include "base.h"
#include "words.h"

/* Texts of libyaml 0.2; `letter` 0: whatever stands there. */
static const struct {
	const char *problem, *context;
	char letter;
	const char *hint;
} advice[] = {
	{ "cannot start any token", "", '\t',
	    N_("YAML indents with blanks, not with tabs") },
	{ "cannot start any token", "", '@',
	    N_("a word that begins with @ is written in quotes: \"@echo\"") },
	{ "cannot start any token", "", 0,
	    N_("a word that begins with this sign is written in quotes") },
	{ "tab character", "", 0, N_("YAML indents with blanks, not with tabs") },
	{ "undefined alias", "", 0,
	    N_("a word that begins with * is written in quotes; every address is :PORT") },
	{ "", "scanning an alias", 0,
	    N_("a word that begins with * is written in quotes; every address is :PORT") },
	{ "", "scanning an anchor", 0,
	    N_("a word that begins with & is written in quotes") },
	{ "mapping values are not allowed", "", 0,
	    N_("a word with ': ' in it is written in quotes; the keys of one mapping begin in "
	       "the same column") },
	{ "expected key", "block mapping", 0,
	    N_("the keys of one mapping begin in the same column") },
	{ "expected '-' indicator", "", 0,
	    N_("the items of one list begin in the same column, each with a '-'") },
	{ "expected node content", "", ':',
	    N_("a word that begins with : is written in quotes here: \":9999\"") },
	{ "", "flow sequence", 0,
	    N_("the items of a list in brackets are separated by ',' and end with ']'") },
	{ "", "flow mapping", 0,
	    N_("the pairs of a mapping in braces are separated by ',' and end with '}'") },
	{ "could not find expected ':'", "", 0,
	    N_("a key is followed by ': ', and its value") },
	{ "", "scanning a directive", 0,
	    /* xgettext:no-c-format */
	    N_("a word that begins with % is written in quotes") },
	{ "control characters", "", 0, N_("a configuration is UTF-8 text") },
	{ "UTF-8", "", 0, N_("a configuration is UTF-8 text") },
};

/* What stands at the mark; NUL at the end of the line. */
static const char *
text_at(const struct mark *mark)
{
	const char *line;
	size_t length, i = 0;

	if (!input_line(mark->input, mark->line, &line, &length))
		return "";
	for (unsigned column = 1; column < mark->column && i < length; column++)
		i += input_character(line + i, length - i);
	return line + i;
}

static bool
has_bare_ipv6(const struct mark *mark)
{
	const char *line, *found;
	size_t length;

	if (!input_line(mark->input, mark->line, &line, &length))
		return false;
	found = memmem(line, length, "]:", 2);
	return found != NULL && memchr(line, '[', (size_t)(found - line)) != NULL;
}

static void
put_advice(struct diags *diags, const struct mark *mark, const char *problem,
    const char *context)
{
	char letter = *text_at(mark);

	if (has_bare_ipv6(mark)) {
		diag_hint(diags, "an IPv6 address is written in quotes: \"[::1]:9999\"");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(advice); i++)
		if (strstr(problem, advice[i].problem) != NULL &&
		    strstr(context, advice[i].context) != NULL &&
		    (advice[i].letter == 0 || advice[i].letter == letter)) {
			diag_hint(diags, "%s", words_get(advice[i].hint));
			return;
		}
}

/* The reader knows only the number of the byte. */
static struct mark
place_of_byte(const struct input *input, size_t offset)
{
	struct mark mark = { .input = input, .line = 1, .column = 1, .width = 1 };

	for (size_t i = 0; i < offset && i < input->length;) {
		size_t end = input_break(input->text + i, input->length - i);

		mark.column++;
		if (end > 0) {
			mark.line++;
			mark.column = 1;
		}
		i += end > 0 ? end : input_character(input->text + i, input->length - i);
	}
	return mark;
}

/* What is never closed is noticed at the end of the file, where there is nothing to see;
 * where it begins is what helps. */
static struct mark
place(const struct input *input, const yaml_parser_t *parser)
{
	const yaml_mark_t *at = &parser->problem_mark;
	const char *line;
	size_t length;

	if (parser->error == YAML_READER_ERROR)
		return place_of_byte(input, parser->problem_offset);
	if (parser->context != NULL &&
	    !input_line(input, (unsigned)at->line + 1, &line, &length))
		at = &parser->context_mark;

	struct mark mark = document_between(input, at, at);

	mark.width = 1;
	return mark;
}

void
document_complain(
    const struct input *input, const yaml_parser_t *parser, struct diags *diags)
{
	const char *problem =
	    parser->problem == NULL ? N_("it is not YAML") : parser->problem;
	const char *context = parser->context == NULL ? "" : parser->context;
	struct mark mark = place(input, parser);

	if (parser->error == YAML_MEMORY_ERROR) {
		diag_mistake(diags, NULL, "out of memory");
		return;
	}
	if (strstr(context, "quoted scalar") != NULL &&
	    strstr(problem, "end of stream") != NULL) {
		mark =
		    document_between(input, &parser->context_mark, &parser->context_mark);
		mark.width = 1;
		diag_mistake(diags, &mark, "the quote that begins here is never closed");
		return;
	}
	diag_mistake(diags, &mark, "%s%s%s", words_get(problem),
	    *context != '\0' ? " " : "", words_get(context));
	put_advice(diags, &mark, problem, context);
}
