/*
 * sheet -- sessions as a table: which are shown, in which order, in which columns
 *
 * Pure.  The sessions stay where they are; what is sorted and filtered is a list of
 * their numbers.
 */
#pragma once

#include "seen.h"
#include "table.h"

/* In the order of the columns. */
enum sheet_key {
	SHEET_INSTANCE,
	SHEET_ID,
	SHEET_SERVICE,
	SHEET_SOURCE,
	SHEET_PID,
	SHEET_AGE,
	SHEET_IN,
	SHEET_OUT,
	SHEET_CPU,
	SHEET_MEMORY,
	SHEET_STATE,
	SHEET_KEYS
};

struct sheet {
	const struct seen_session *sessions;
	size_t *order; /* numbers of those that are shown */
	size_t count;
	const char *const *instances; /* their names; NULL: only one is asked */
	bool has_load;                /* CPU as a share, not as a time */
};

/* "id", "service", ... */
const char *sheet_key_name(enum sheet_key);

/* Largest first is what one wants of numbers. */
bool sheet_key_descends(enum sheet_key);

/* All whose id, service, source, proxy, state or pid contains `filter`, whatever the
 * case; "" is contained in all.  `order` has room for all. */
void sheet_filter(struct sheet *, size_t session_count, const char *filter);

/* Equal ones by id, so that nothing moves without need. */
void sheet_sort(struct sheet *, enum sheet_key, bool is_descending);

/* A table of the rows [first, first + count) of the sheet, which must stay. */
struct sheet_view {
	const struct sheet *sheet;
	size_t first;
	struct table table;
	struct table_column columns[SHEET_KEYS];
	char marked[24]; /* the title of the column that sorts */
};
void sheet_show(struct sheet_view *, const struct sheet *, size_t first, size_t count);

/* Shows with an arrow which column sorts. */
void sheet_mark(struct sheet_view *, enum sheet_key, bool is_descending, bool is_utf8);
