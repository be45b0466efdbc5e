#include "debts.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "words.h"

static void
copy(char *to, size_t size, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	seen_copy(to, size, text == NULL ? "" : text);
}

int
debts_add(struct debts *debts, const json_t *object, const char *instance)
{
	struct debt *debt;

	if (debts->count == debts->room) {
		const size_t room = debts->room == 0 ? 64 : debts->room * 2;
		void *grown = reallocarray(debts->all, room, sizeof(*debts->all));

		if (grown == NULL)
			return -ENOMEM;
		debts->all = grown;
		debts->room = room;
	}
	debt = &debts->all[debts->count++];
	*debt = (struct debt){
		.owes_ms = json_integer_value(json_object_get(object, "owes_ms")),
		.offences = json_integer_value(json_object_get(object, "offences")),
		.is_shut_out = json_is_true(json_object_get(object, "shut_out")),
		.instance = instance,
	};
	copy(debt->service, sizeof(debt->service), object, "service");
	copy(debt->source, sizeof(debt->source), object, "source");
	copy(debt->last, sizeof(debt->last), object, "last");
	return 0;
}

void
debts_done(struct debts *debts)
{
	free(debts->all);
	*debts = (struct debts){ 0 };
}

static int
compare(const void *one, const void *other)
{
	const struct debt *a = one, *b = other;
	int found = a->instance == NULL ? 0 : strcmp(a->instance, b->instance);

	if (found == 0)
		found = strcmp(a->service, b->service);
	if (found == 0)
		found = (a->owes_ms < b->owes_ms) - (a->owes_ms > b->owes_ms);
	return found != 0 ? found : strverscmp(a->source, b->source);
}

void
debts_sort(struct debts *debts)
{
	if (debts->count > 1)
		qsort(debts->all, debts->count, sizeof(*debts->all), compare);
}

/* ---- the table --------------------------------------------------------------------- */

enum {
	COLUMN_INSTANCE,
	COLUMN_SERVICE,
	COLUMN_SOURCE,
	COLUMN_STATE,
	COLUMN_OFFENCES,
	COLUMN_LAST,
	COLUMNS
};

static const struct table_column columns[COLUMNS] = {
	[COLUMN_INSTANCE] = { N_("INSTANCE"), false, 6, 2 },
	[COLUMN_SERVICE] = { N_("SERVICE"), false, 8, 0 },
	[COLUMN_SOURCE] = { N_("SOURCE"), false, 15, 0 },
	[COLUMN_STATE] = { N_("STATE"), false, 0, 0 },
	[COLUMN_OFFENCES] = { N_("OFFENCES"), true, 0, 1 },
	[COLUMN_LAST] = { N_("LAST"), false, 6, 3 },
};

static void
put_state(struct text *cell, const struct debt *debt)
{
	char place[64] = "";
	struct text rest = TEXT_ON(place);

	text_put_time(&rest, debt->owes_ms);
	text_printf(cell, debt->is_shut_out ? _("shut out %s") : _("owes %s"), place);
}

static void
put_cell(struct text *cell, const void *context, size_t row, size_t column)
{
	const struct debts *debts = context;
	const struct debt *debt = &debts->all[row];

	/* Without the instance all columns are one further to the left. */
	column += debts->all[0].instance == NULL;
	if (column == COLUMN_INSTANCE)
		text_put(cell, debt->instance);
	else if (column == COLUMN_SERVICE)
		text_put(cell, debt->service);
	else if (column == COLUMN_SOURCE)
		text_put(cell, debt->source);
	else if (column == COLUMN_STATE)
		put_state(cell, debt);
	else if (column == COLUMN_OFFENCES)
		text_put_signed(cell, debt->offences);
	else
		text_put(cell, debt->last);
}

void
debts_show(struct table *table, const struct debts *debts)
{
	const size_t skipped = debts->count == 0 || debts->all[0].instance == NULL;

	*table = (struct table){
		.columns = columns + skipped,
		.column_count = COLUMNS - skipped,
		.row_count = debts->count,
		.put = put_cell,
		.context = debts,
	};
}
