/*
 * table -- rows and columns that fit a width
 *
 * Pure.  Columns are as wide as what they hold.  If that is too much, those that may
 * shrink do, then whole columns go, the least wanted first.  What is cut ends in '+'.
 */
#pragma once

#include <stdbool.h>

#include "text.h"

#define TABLE_COLUMNS 16
#define TABLE_CELL_BYTES 512

struct table_column {
	const char *title; /* is said in the language in force */
	bool is_right;     /* numbers */
	size_t least;      /* may shrink to this; 0: may not */
	unsigned spare;    /* columns with more go first; 0: stays */
};

struct table {
	const struct table_column *columns;
	size_t column_count, row_count;
	void (*put)(struct text *, const void *context, size_t row, size_t column);
	const void *context;
	size_t widths[TABLE_COLUMNS]; /* 0: is not shown */
};

/* Sets the widths; `width` 0: no limit. */
void table_fit(struct table *, size_t width);

/* A line without its newline. */
void table_put_titles(struct text *, const struct table *);
void table_put_row(struct text *, const struct table *, size_t row);
