/*
 * debts -- sources that owe something, as a table
 *
 * Pure.  By service, and who owes longest first.
 */
#pragma once

#include "seen.h"
#include "table.h"

struct debt {
	char service[64], source[160], last[32];
	int64_t owes_ms, offences;
	bool is_shut_out;
	const char *instance; /* its name; NULL: only one is asked */
};

/* Grows as they are added; all zero at first. */
struct debts {
	struct debt *all;
	size_t count, room;
};

/* An object of the answer to `penalties`.  -ENOMEM. */
int debts_add(struct debts *, const json_t *, const char *instance);
void debts_done(struct debts *);

void debts_sort(struct debts *);

/* All of them, which must stay. */
void debts_show(struct table *, const struct debts *);
