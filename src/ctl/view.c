#include "view.h"

#include <string.h>

#include "base.h"
#include "words.h"

/* Letters that sort. */
static const struct {
	int letter;
	enum sheet_key key;
} sorts[] = {
	{ 'D', SHEET_ID },
	{ 'S', SHEET_SERVICE },
	{ 'A', SHEET_SOURCE },
	{ 'P', SHEET_PID },
	{ 'T', SHEET_AGE },
	{ 'I', SHEET_IN },
	{ 'O', SHEET_OUT },
	{ 'C', SHEET_CPU },
	{ 'M', SHEET_MEMORY },
	{ 'E', SHEET_STATE },
};

void
view_init(struct view *view)
{
	*view = (struct view){ .key = SHEET_CPU, .is_descending = true };
	view->sheet.has_load = true;
}

void
view_done(struct view *view)
{
	free(view->sheet.order);
	view->sheet.order = NULL;
}

/* ---- rows -------------------------------------------------------------------------- */

static const char *
id_at(const struct view *view, size_t row)
{
	return view->sheet.sessions[view->sheet.order[row]].id;
}

static void
choose(struct view *view, size_t row)
{
	const size_t count = view->sheet.count;

	view->cursor = row < count ? row : count == 0 ? 0 : count - 1;
	(void)snprintf(view->chosen, sizeof(view->chosen), "%s",
	    count == 0 ? "" : id_at(view, view->cursor));
}

/* The cursor goes where its session went; if that has ended, it stays where it is. */
static void
follow(struct view *view)
{
	for (size_t row = 0; row < view->sheet.count; row++)
		if (strcmp(id_at(view, row), view->chosen) == 0) {
			view->cursor = row;
			return;
		}
	choose(view, view->cursor);
}

static void
arrange(struct view *view, size_t session_count)
{
	const char *filter = view->mode == VIEW_FILTER ? view->input : view->filter;

	sheet_filter(&view->sheet, session_count, filter);
	sheet_sort(&view->sheet, view->key, view->is_descending);
	follow(view);
}

int
view_update(struct view *view, const struct snapshot *snapshot)
{
	const size_t count = snapshot->sessions.count;

	if (count > view->room) {
		void *grown =
		    reallocarray(view->sheet.order, count, sizeof(*view->sheet.order));

		if (grown == NULL)
			return -ENOMEM;
		view->sheet.order = grown;
		view->room = count;
	}
	view->sheet.sessions = snapshot->sessions.sessions;
	arrange(view, count);
	return 0;
}

void
view_scroll(struct view *view, size_t page)
{
	const size_t count = view->sheet.count;

	view->page = page;
	if (view->first + page > count)
		view->first = count > page ? count - page : 0;
	if (view->cursor < view->first)
		view->first = view->cursor;
	if (page > 0 && view->cursor >= view->first + page)
		view->first = view->cursor - page + 1;
}

/* ---- moving and sorting ------------------------------------------------------------ */

static void
move(struct view *view, int key)
{
	const size_t page = view->page > 1 ? view->page - 1 : 1;
	const size_t at = view->cursor;

	switch (key) {
	case VIEW_UP:
		choose(view, at > 0 ? at - 1 : 0);
		return;
	case VIEW_DOWN:
		choose(view, at + 1);
		return;
	case VIEW_PAGE_UP:
		choose(view, at > page ? at - page : 0);
		return;
	case VIEW_PAGE_DOWN:
		choose(view, at + page);
		return;
	case VIEW_HOME:
		choose(view, 0);
		return;
	case VIEW_END:
		choose(view, SIZE_MAX);
		return;
	default:
		return;
	}
}

static void
sort_by(struct view *view, enum sheet_key key)
{
	view->is_descending =
	    key == view->key ? !view->is_descending : sheet_key_descends(key);
	view->key = key;
}

static bool
sort(struct view *view, int letter)
{
	const int step = letter == '>' ? 1 : letter == '<' ? SHEET_KEYS - 2 : 0;
	const int shown = SHEET_KEYS - 1; /* all but the instance */

	if (step > 0) {
		view->key = (enum sheet_key)((view->key - 1 + step) % shown + 1);
		view->is_descending = sheet_key_descends(view->key);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sorts); i++)
		if (sorts[i].letter == letter) {
			sort_by(view, sorts[i].key);
			return true;
		}
	return false;
}

/* ---- questions --------------------------------------------------------------------- */

static void
ask_kill(struct view *view, bool is_now)
{
	const char *source;

	if (view->sheet.count == 0) {
		(void)snprintf(view->message, sizeof(view->message), "%s",
		    _("there is no session to kill"));
		return;
	}
	source = view->sheet.sessions[view->sheet.order[view->cursor]].source;
	(void)snprintf(view->target, sizeof(view->target), "%s", view->chosen);
	(void)snprintf(view->input, sizeof(view->input), "%.63s", source);
	view->is_now = is_now;
	view->mode = VIEW_CONFIRM;
}

static void
ask_service(struct view *view, const struct snapshot *snapshot)
{
	const char *name = "";

	if (view->sheet.count > 0)
		name = view->sheet.sessions[view->sheet.order[view->cursor]].service;
	else if (snapshot->service_count == 1)
		name = snapshot->services[0].name;
	(void)snprintf(view->input, sizeof(view->input), "%s", name);
	view->mode = VIEW_SERVICE;
}

static enum view_act
send_kill(struct view *view)
{
	view->request[0] = "kill";
	view->request[1] = view->target;
	view->request[2] = view->is_now ? "now" : NULL;
	view->request[3] = NULL;
	return VIEW_SEND;
}

static bool
is_held(const struct snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->service_count; i++)
		if (strcmp(snapshot->services[i].name, name) == 0)
			return strcmp(snapshot->services[i].state, "held") == 0;
	return false;
}

static enum view_act
send_pause(struct view *view, const struct snapshot *snapshot)
{
	if (view->input[0] == '\0')
		return VIEW_NOTHING;
	(void)snprintf(view->target, sizeof(view->target), "%s", view->input);
	view->request[0] = is_held(snapshot, view->target) ? "resume" : "pause";
	view->request[1] = view->target;
	view->request[2] = view->request[3] = NULL;
	return VIEW_SEND;
}

/* ---- typing ------------------------------------------------------------------------ */

/* True when the key was one that types. */
static bool
type(struct view *view, int key)
{
	size_t length = strlen(view->input);

	if (key == VIEW_BACKSPACE) {
		if (length > 0)
			view->input[length - 1] = '\0';
		return true;
	}
	if (key <= ' ' || key > '~' || length + 1 >= sizeof(view->input))
		return false;
	view->input[length] = (char)key;
	view->input[length + 1] = '\0';
	return true;
}

static void
press_filter(struct view *view, int key, size_t session_count)
{
	if (!type(view, key)) {
		if (key == VIEW_ESCAPE)
			view->input[0] = '\0';
		if (key == VIEW_ENTER || key == VIEW_ESCAPE) {
			memcpy(view->filter, view->input, sizeof(view->filter));
			view->mode = VIEW_NORMAL;
		}
	}
	arrange(view, session_count);
}

static enum view_act
press_service(struct view *view, int key, const struct snapshot *snapshot)
{
	if (type(view, key))
		return VIEW_NOTHING;
	if (key == VIEW_ENTER || key == VIEW_ESCAPE)
		view->mode = VIEW_NORMAL;
	return key == VIEW_ENTER ? send_pause(view, snapshot) : VIEW_NOTHING;
}

static enum view_act
press_normal(struct view *view, int key, const struct snapshot *snapshot)
{
	switch (key) {
	case 'q':
		return VIEW_QUIT;
	case '?':
	case 'h':
		view->mode = VIEW_HELP;
		return VIEW_NOTHING;
	case 's':
		view->shows_services = !view->shows_services;
		return VIEW_NOTHING;
	case ' ':
		view->is_frozen = !view->is_frozen;
		return VIEW_NOTHING;
	case '/':
		memcpy(view->input, view->filter, sizeof(view->input));
		view->mode = VIEW_FILTER;
		return VIEW_NOTHING;
	case 'k':
	case 'K':
		ask_kill(view, key == 'K');
		return VIEW_NOTHING;
	case 'p':
		ask_service(view, snapshot);
		return VIEW_NOTHING;
	case 'r':
		view->is_descending = !view->is_descending;
		break;
	default:
		if (!sort(view, key))
			move(view, key);
	}
	arrange(view, snapshot->sessions.count);
	return VIEW_NOTHING;
}

enum view_act
view_press(struct view *view, int key, const struct snapshot *snapshot)
{
	view->message[0] = '\0';
	switch (view->mode) {
	case VIEW_NORMAL:
		return press_normal(view, key, snapshot);
	case VIEW_FILTER:
		press_filter(view, key, snapshot->sessions.count);
		return VIEW_NOTHING;
	case VIEW_CONFIRM:
		view->mode = VIEW_NORMAL;
		return key == 'y' || key == 'Y' ? send_kill(view) : VIEW_NOTHING;
	case VIEW_SERVICE:
		return press_service(view, key, snapshot);
	case VIEW_HELP:
		view->mode = VIEW_NORMAL;
		return key == 'q' ? VIEW_QUIT : VIEW_NOTHING;
	}
	return VIEW_NOTHING;
}
