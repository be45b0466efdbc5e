#include "table.h"

#include <string.h>

#include "words.h"

/* Space between two columns. */
#define GAP 1

/* ---- widths ------------------------------------------------------------------------ */

static void
measure(struct table *table)
{
	for (size_t column = 0; column < table->column_count; column++) {
		size_t widest = text_columns(words_get(table->columns[column].title));

		for (size_t row = 0; row < table->row_count; row++) {
			char place[TABLE_CELL_BYTES] = "";
			struct text cell = TEXT_ON(place);
			size_t width;

			table->put(&cell, table->context, row, column);
			width = text_columns(place);
			if (width > widest)
				widest = width;
		}
		table->widths[column] = widest;
	}
}

static size_t
total(const struct table *table)
{
	size_t sum = 0;

	for (size_t i = 0; i < table->column_count; i++)
		if (table->widths[i] > 0)
			sum += table->widths[i] + (sum > 0 ? GAP : 0);
	return sum;
}

/* One column less wide, the widest first; false: none can give any more. */
static bool
shrink(struct table *table)
{
	size_t widest = table->column_count;

	for (size_t i = 0; i < table->column_count; i++) {
		const size_t least = table->columns[i].least;

		if (least == 0 || table->widths[i] <= least)
			continue;
		if (widest == table->column_count ||
		    table->widths[i] > table->widths[widest])
			widest = i;
	}
	if (widest == table->column_count)
		return false;
	table->widths[widest]--;
	return true;
}

/* The least wanted column goes; false: all that are left stay. */
static bool
drop(struct table *table)
{
	size_t least_wanted = 0;
	unsigned spare = 0;

	for (size_t i = 0; i < table->column_count; i++)
		if (table->widths[i] > 0 && table->columns[i].spare > spare) {
			spare = table->columns[i].spare;
			least_wanted = i;
		}
	if (spare == 0)
		return false;
	table->widths[least_wanted] = 0;
	return true;
}

/* Dropped is what does not fit even when all have shrunk; only then is shrunk. */
void
table_fit(struct table *table, size_t width)
{
	size_t natural[TABLE_COLUMNS];

	measure(table);
	if (width == 0)
		return;
	memcpy(natural, table->widths, sizeof(natural));
	while (total(table) > width) {
		if (shrink(table))
			continue;
		if (!drop(table))
			return;
		for (size_t i = 0; i < table->column_count; i++)
			if (table->widths[i] > 0)
				table->widths[i] = natural[i];
	}
}

/* ---- lines ------------------------------------------------------------------------- */

static void
put_blanks(struct text *line, size_t count)
{
	while (count-- > 0)
		text_put_char(line, ' ');
}

/* As many characters as fit, and a mark in the last column that has room. */
static void
put_cut(struct text *line, const char *cell, size_t width)
{
	size_t taken = 0, length = 0, bytes;

	while ((bytes = text_character_bytes(cell + length)) > 0) {
		const size_t more = text_character_columns(cell + length, bytes);

		if (taken + more > width - 1)
			break;
		taken += more;
		length += bytes;
	}
	text_put_bytes(line, cell, length);
	text_put_char(line, '+');
	put_blanks(line, width - 1 - taken);
}

static void
put_cell(struct text *line, const struct table *table, size_t column, const char *cell)
{
	const size_t width = table->widths[column], used = text_columns(cell);
	const bool is_right = table->columns[column].is_right;
	bool is_last = true;

	for (size_t i = column + 1; i < table->column_count; i++)
		is_last &= table->widths[i] == 0;
	if (used > width) {
		put_cut(line, cell, width);
		return;
	}
	if (is_right)
		put_blanks(line, width - used);
	text_put(line, cell);
	if (!is_right && !is_last)
		put_blanks(line, width - used);
}

static void
put_line(struct text *line, const struct table *table, size_t row, bool is_title)
{
	bool is_first = true;

	for (size_t i = 0; i < table->column_count; i++) {
		char place[TABLE_CELL_BYTES] = "";
		struct text cell = TEXT_ON(place);

		if (table->widths[i] == 0)
			continue;
		if (!is_first)
			put_blanks(line, GAP);
		is_first = false;
		if (is_title)
			text_put(&cell, words_get(table->columns[i].title));
		else
			table->put(&cell, table->context, row, i);
		put_cell(line, table, i, place);
	}
}

void
table_put_titles(struct text *line, const struct table *table)
{
	put_line(line, table, 0, true);
}

void
table_put_row(struct text *line, const struct table *table, size_t row)
{
	put_line(line, table, row, false);
}
