#include "explain_table.h"

#include <string.h>

#include "base.h"
#include "explain_rows.h"
#include "text.h"
#include "words.h"

/* Where the columns begin: topic, what it does, what it can do now, by what. */
#define COLUMN_ACTION 13
#define COLUMN_NOW 23
#define COLUMN_BY 58

#define WIDTH 78
#define INDENT 6

static void
pad(FILE *out, size_t used, size_t column)
{
	(void)fprintf(out, "%*s", used < column ? (int)(column - used) : 1, "");
}

/* How many bytes of `text` fit: up to a blank, or all of a word that is too long. */
static size_t
fitting(const char *text, size_t columns)
{
	size_t used = 0, at = 0, blank = 0;

	while (text[at] != '\0' && used <= columns) {
		if (text[at] == ' ')
			blank = at;
		used +=
		    text_character_columns(&text[at], text_character_bytes(&text[at]));
		at += text_character_bytes(&text[at]);
	}
	if (text[at] == '\0' && used <= columns)
		return at;
	return blank > 0 ? blank : strcspn(text, " ");
}

/* What fits into `line`; returns where the next one begins. */
static const char *
take_line(const char *from, size_t columns, char *line, size_t size)
{
	struct text text = { .at = line, .size = size };
	size_t length = fitting(from, columns);

	text_put_bytes(&text, from, length);
	return from + length + strspn(from + length, " ");
}

static void
print_row(FILE *out, const struct explain_row *row)
{
	const char *now = row->now;

	(void)fprintf(out, "  %s", row->topic);
	pad(out, 2 + text_columns(row->topic), COLUMN_ACTION);
	(void)fputs(row->action, out);
	pad(out, COLUMN_ACTION + text_columns(row->action), COLUMN_NOW);
	for (bool is_first = true; is_first || now[0] != '\0'; is_first = false) {
		char line[512];

		now = take_line(now, COLUMN_BY - COLUMN_NOW - 1, line, sizeof(line));
		(void)fprintf(out, "%*s%s", is_first ? 0 : COLUMN_NOW, "", line);
		if (is_first) {
			pad(out, COLUMN_NOW + text_columns(line), COLUMN_BY);
			(void)fputs(row->by, out);
		}
		(void)fputc('\n', out);
	}
}

static void
print_why(FILE *out, const char *why)
{
	char line[512];

	while (why[0] != '\0') {
		why = take_line(why, WIDTH - INDENT, line, sizeof(line));
		(void)fprintf(out, "%*s%s\n", INDENT, "", line);
	}
}

/* "missing: pid, mount: REASON", those of one reason together. */
static void
tell_missing(FILE *out, const struct explain_service *service)
{
	for (size_t i = 0; i < service->measure_count; i++) {
		const struct explain_measure *at = &service->measures[i];
		bool is_missing = strcmp(at->state, "missing") == 0;
		bool is_told = at->why[0] == '\0';

		for (size_t k = 0; k < i && !is_told; k++)
			is_told = strcmp(service->measures[k].why, at->why) == 0;
		if (is_told)
			continue;
		(void)fprintf(out, "  %s", is_missing ? _("missing: ") : _("in part: "));
		for (size_t k = i; k < service->measure_count; k++)
			if (strcmp(service->measures[k].why, at->why) == 0)
				(void)fprintf(out, "%s%s", k > i ? ", " : "",
				    service->measures[k].name);
		(void)fputc('\n', out);
		print_why(out, at->why);
	}
}

void
explain_table_print(FILE *out, const struct explain_service *service)
{
	const char *title = _("If it were taken over, it could now");
	struct explain_row row;
	bool has_brackets = false;

	if (service->measure_count == 0)
		return;
	(void)fprintf(out, "\n  %s", title);
	pad(out, 2 + text_columns(title), COLUMN_BY);
	(void)fprintf(out, "%s\n", _("by"));
	for (size_t i = 0; explain_row(service, i, &row); i++) {
		print_row(out, &row);
		has_brackets |= row.by[0] == '(';
	}
	if (has_brackets)
		(void)fputs(
		    _("\n  (in brackets: nobody asks for it, and it would take that away)\n"),
		    out);
	tell_missing(out, service);
	if (service->untried != NULL)
		(void)fprintf(out, _("  nothing could be tried: %s\n"), service->untried);
}
