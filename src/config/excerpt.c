#include "excerpt.h"

#include <string.h>

#include "text.h"

#define CONTEXT 24 /* columns kept before the word when a line is too long */
#define TAB 8
#define DOTS "..."
#define DOTS_WIDTH 3

/* One character as it is shown. */
struct cell {
	const char *at;
	size_t bytes;
	unsigned width;
	char shown[20];
};

/* Where the word is, in columns of the terminal. */
struct span {
	unsigned from, to, total;
};

/* The character at `at`, that would stand in that column. */
static void
cell_read(struct cell *cell, const char *at, size_t left, unsigned column)
{
	struct text shown = TEXT_ON(cell->shown);

	cell->at = at;
	cell->bytes = input_character(at, left);
	cell->shown[0] = '\0';
	if (*at >= ' ' && *at <= '~') {
		cell->width = 1;
		text_put_char(&shown, *at);
		return;
	}
	if (*at == '\t') {
		cell->width = TAB - column % TAB;
		text_put_bytes(&shown, "        ", cell->width);
		return;
	}
	text_put_quoted(&shown, at, cell->bytes);
	if (shown.used == cell->bytes && memcmp(cell->shown, at, cell->bytes) == 0)
		cell->width = text_character_columns(at, cell->bytes);
	else
		cell->width = (unsigned)shown.used;
}

/* Of a long line only so much as can be shown; `total` is then less than all of it. */
static struct span
measure(const struct mark *mark, const char *line, size_t length)
{
	struct span span = { .from = UINT32_MAX, .to = UINT32_MAX };
	struct cell cell;
	unsigned column = 1;

	for (size_t i = 0; i < length; i += cell.bytes, column++) {
		if (column == mark->column)
			span.from = span.total;
		if (column >= mark->column && column - mark->column == mark->width)
			span.to = span.total;
		cell_read(&cell, line + i, length - i, span.total);
		span.total += cell.width;
		if (column > mark->column && span.total > span.from + 2 * EXCERPT_WIDTH)
			break;
	}
	if (span.from > span.total)
		span.from = span.total;
	if (span.to > span.total)
		span.to = span.total;
	if (span.to <= span.from)
		span.to = span.from + 1;
	return span;
}

/* The columns from `first` to `last` of the line, with dots where something is left out.
 */
static void
put_window(struct text *text, const char *line, size_t length, const struct span *window)
{
	unsigned first = window->from + (window->from > 0 ? DOTS_WIDTH : 0);
	unsigned last = window->to - (window->to < window->total ? DOTS_WIDTH : 0);
	struct cell cell;
	unsigned column = 0;

	if (window->from > 0)
		text_put(text, DOTS);
	for (size_t i = 0; i < length && column < last; i += cell.bytes) {
		cell_read(&cell, line + i, length - i, column);
		column += cell.width;
		if (column - cell.width >= first && column <= last)
			text_put(text, cell.shown);
		else if (column > first)
			for (unsigned at = column - cell.width; at < column; at++)
				if (at >= first && at < last)
					text_put_char(text, ' ');
	}
	if (window->to < window->total)
		text_put(text, DOTS);
}

static struct span
choose_window(const struct span *span)
{
	struct span window = { .to = span->total, .total = span->total };

	if (span->total <= EXCERPT_WIDTH)
		return window;
	if (span->to > EXCERPT_WIDTH - DOTS_WIDTH && span->from > CONTEXT)
		window.from = span->from - CONTEXT;
	if (window.from > 0 && span->total - window.from < EXCERPT_WIDTH)
		window.from = span->total - EXCERPT_WIDTH;
	if (window.to - window.from > EXCERPT_WIDTH)
		window.to = window.from + EXCERPT_WIDTH;
	return window;
}

static void
put_underline(struct text *text, const struct span *span, const struct span *window)
{
	for (unsigned column = window->from; column < span->from; column++)
		text_put_char(text, ' ');
	text_put_char(text, '^');
	for (unsigned column = span->from + 1; column < span->to && column < window->to;
	     column++)
		text_put_char(text, '~');
}

void
excerpt_put(FILE *out, const struct mark *mark)
{
	char shown[1024] = "", underline[2 * EXCERPT_WIDTH] = "";
	struct text shown_text = TEXT_ON(shown), underline_text = TEXT_ON(underline);
	const char *line;
	size_t length;

	if (mark->input == NULL || mark->line == 0 ||
	    !input_line(mark->input, mark->line, &line, &length))
		return;
	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	if (length == 0)
		return;

	struct span span = measure(mark, line, length);
	struct span window = choose_window(&span);

	put_window(&shown_text, line, length, &window);
	put_underline(&underline_text, &span, &window);
	(void)fprintf(out, "    %s\n    %s\n", shown, underline);
}
