#include "sheet.h"

#include <string.h>

#include "units.h"
#include "words.h"

/* CPU has another title when it is a share. */
static const struct table_column columns[SHEET_KEYS] = {
	[SHEET_INSTANCE] = { N_("INSTANCE"), false, 6, 3 },
	[SHEET_ID] = { N_("ID"), false, 0, 0 },
	[SHEET_SERVICE] = { N_("SERVICE"), false, 6, 2 },
	[SHEET_SOURCE] = { N_("SOURCE"), false, 11, 0 },
	[SHEET_PID] = { N_("PID"), true, 0, 4 },
	[SHEET_AGE] = { N_("AGE"), true, 0, 1 },
	[SHEET_IN] = { N_("IN"), true, 0, 6 },
	[SHEET_OUT] = { N_("OUT"), true, 0, 7 },
	[SHEET_CPU] = { N_("CPU"), true, 0, 8 },
	[SHEET_MEMORY] = { N_("MEM"), true, 0, 9 },
	[SHEET_STATE] = { N_("STATE"), false, 5, 5 },
};

const char *
sheet_key_name(enum sheet_key key)
{
	static const char *const names[SHEET_KEYS] = { "instance", "id", "service",
		"source", "pid", "age", "in", "out", "cpu", "mem", "state" };

	return names[key];
}

bool
sheet_key_descends(enum sheet_key key)
{
	return key >= SHEET_AGE && key <= SHEET_MEMORY;
}

/* ---- filter ------------------------------------------------------------------------ */

static bool
matches(const struct seen_session *session, const char *filter)
{
	char pid[16];
	const char *const texts[] = { session->id, session->service, session->source,
		session->proxy, session->state, pid };

	(void)snprintf(pid, sizeof(pid), "%ld", (long)session->pid);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcasestr(texts[i], filter) != NULL)
			return true;
	return false;
}

void
sheet_filter(struct sheet *sheet, size_t session_count, const char *filter)
{
	sheet->count = 0;
	for (size_t i = 0; i < session_count; i++)
		if (filter[0] == '\0' || matches(&sheet->sessions[i], filter))
			sheet->order[sheet->count++] = i;
}

/* ---- order ------------------------------------------------------------------------- */

struct sorting {
	const struct sheet *sheet;
	enum sheet_key key;
	int sign;
};

static int
compare_numbers(int64_t one, int64_t other)
{
	return (one > other) - (one < other);
}

static int
compare(const struct seen_session *a, const struct seen_session *b,
    const struct sorting *sorting)
{
	switch (sorting->key) {
	case SHEET_INSTANCE:
		return compare_numbers((int64_t)a->instance, (int64_t)b->instance);
	case SHEET_SERVICE:
		return strcmp(a->service, b->service);
	case SHEET_SOURCE:
		return strverscmp(a->source, b->source);
	case SHEET_PID:
		return compare_numbers(a->pid, b->pid);
	case SHEET_AGE:
		return compare_numbers(a->age_ms, b->age_ms);
	case SHEET_IN:
		return compare_numbers(a->bytes_in, b->bytes_in);
	case SHEET_OUT:
		return compare_numbers(a->bytes_out, b->bytes_out);
	case SHEET_CPU:
		return sorting->sheet->has_load
			   ? compare_numbers(a->permille, b->permille)
			   : compare_numbers(a->cpu_us, b->cpu_us);
	case SHEET_MEMORY:
		return compare_numbers(a->memory_kb, b->memory_kb);
	case SHEET_STATE:
		return strcmp(a->state, b->state);
	case SHEET_ID:
	case SHEET_KEYS:
		break;
	}
	return strcmp(a->id, b->id);
}

static int
by_key(const void *one, const void *other, void *context)
{
	const struct sorting *sorting = context;
	const struct seen_session *sessions = sorting->sheet->sessions;
	const struct seen_session *a = &sessions[*(const size_t *)one];
	const struct seen_session *b = &sessions[*(const size_t *)other];
	const int found = sorting->sign * compare(a, b, sorting);

	return found != 0 ? found : strcmp(a->id, b->id);
}

void
sheet_sort(struct sheet *sheet, enum sheet_key key, bool is_descending)
{
	struct sorting sorting = {
		.sheet = sheet, .key = key, .sign = is_descending ? -1 : 1
	};

	if (sheet->count > 1)
		qsort_r(
		    sheet->order, sheet->count, sizeof(*sheet->order), by_key, &sorting);
}

/* ---- cells ------------------------------------------------------------------------- */

static void
put_state(struct text *cell, const struct seen_session *session)
{
	text_put(cell, seen_state(session->state));
	if (session->cause[0] != '\0')
		text_printf(cell, " (%s)", session->cause);
	if (session->is_older)
		text_put(cell, _(", older"));
}

/* What there is no room for is cut at the end: the proxy first, whose port is of no use
 * to anybody. */
static void
put_source(struct text *cell, const struct seen_session *session)
{
	const char *port = strrchr(session->proxy, ':');
	size_t length = strlen(session->proxy);

	text_put(cell, session->source);
	if (length == 0)
		return;
	if (port != NULL && strspn(port + 1, "0123456789") == strlen(port + 1))
		length = (size_t)(port - session->proxy);
	text_printf(cell, _(" by %.*s"), (int)length, session->proxy);
}

static void
put_amount(
    struct text *cell, const struct sheet *sheet, size_t number, enum sheet_key key)
{
	const struct seen_session *session = &sheet->sessions[number];

	switch (key) {
	case SHEET_AGE:
		units_put_age(cell, session->age_ms);
		return;
	case SHEET_IN:
		units_put_bytes(cell, session->bytes_in);
		return;
	case SHEET_OUT:
		units_put_bytes(cell, session->bytes_out);
		return;
	case SHEET_CPU:
		if (sheet->has_load)
			units_put_permille(cell, session->permille);
		else
			units_put_cpu(cell, session->cpu_us);
		return;
	case SHEET_MEMORY:
		units_put_bytes(
		    cell, session->memory_kb < 0 ? -1 : session->memory_kb * 1024);
		return;
	case SHEET_PID:
		if (session->pid > 0)
			text_put_number(cell, (uint64_t)session->pid);
		else
			text_put_char(cell, '-');
		return;
	case SHEET_INSTANCE:
	case SHEET_ID:
	case SHEET_SERVICE:
	case SHEET_SOURCE:
	case SHEET_STATE:
	case SHEET_KEYS:
		return;
	}
}

static void
put_cell(struct text *cell, const void *context, size_t row, size_t column)
{
	const struct sheet_view *view = context;
	const struct sheet *sheet = view->sheet;
	const size_t number = sheet->order[view->first + row];
	const struct seen_session *session = &sheet->sessions[number];
	const enum sheet_key key = (enum sheet_key)(column + (sheet->instances == NULL));

	if (key == SHEET_INSTANCE && sheet->instances != NULL)
		text_put(cell, sheet->instances[session->instance]);
	else if (key == SHEET_ID)
		text_put(cell, session->id);
	else if (key == SHEET_SERVICE)
		text_put(cell, session->service);
	else if (key == SHEET_SOURCE)
		put_source(cell, session);
	else if (key == SHEET_STATE)
		put_state(cell, session);
	else
		put_amount(cell, sheet, number, key);
}

void
sheet_show(struct sheet_view *view, const struct sheet *sheet, size_t first, size_t count)
{
	const size_t skipped = sheet->instances == NULL;

	*view = (struct sheet_view){
		.sheet = sheet,
		.first = first,
		.table = { .columns = view->columns + skipped,
		    .column_count = SHEET_KEYS - skipped,
		    .row_count = count,
		    .put = put_cell,
		    .context = view },
	};
	memcpy(view->columns, columns, sizeof(columns));
}

void
sheet_mark(struct sheet_view *view, enum sheet_key key, bool is_descending, bool is_utf8)
{
	const char *arrow = is_descending ? "v" : "^";

	if (is_utf8)
		arrow = is_descending ? "\xe2\x86\x93" : "\xe2\x86\x91";
	(void)snprintf(view->marked, sizeof(view->marked), "%s%s",
	    words_get(columns[key].title), arrow);
	view->columns[key].title = view->marked;
}
