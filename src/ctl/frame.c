#include "frame.h"

#include <string.h>

#include "report.h"
#include "units.h"
#include "words.h"

#define LINE_BYTES 4096

/* Fewer lines or columns than this have no room for plots, or for services. */
#define PLOT_LEAST_LINES 17
#define PLOT_LEAST_COLUMNS 60
#define SERVICES_LEAST_LINES 12

/* ---- lines ------------------------------------------------------------------------- */

/* Cut to the width of the field, in columns of the terminal. */
static void
put(const struct frame *frame, enum frame_style style, char *line)
{
	size_t taken = 0, bytes;

	for (char *at = line; (bytes = text_character_bytes(at)) > 0; at += bytes) {
		taken += text_character_columns(at, bytes);
		if (taken > frame->width) {
			*at = '\0';
			break;
		}
	}
	frame->put(frame->context, style, line);
}

static void
put_words(const struct frame *frame, enum frame_style style, const char *words)
{
	char place[LINE_BYTES];

	(void)snprintf(place, sizeof(place), "%s", words);
	put(frame, style, place);
}

/* ---- the head ---------------------------------------------------------------------- */

static void
draw_title(
    const struct frame *frame, const struct view *view, const struct snapshot *snapshot)
{
	const struct seen_server *server = &snapshot->server;
	char place[LINE_BYTES];
	struct text line = TEXT_ON(place);

	text_printf(&line, "prong %s  pid %ld", server->name, (long)server->pid);
	if (frame->width >= 60)
		text_printf(&line, _("  version %s"), server->version);
	text_put(&line, _("  up "));
	units_put_age(&line, server->uptime_s * 1000);
	text_printf(&line, "  %s", seen_state(server->state));
	if (view->is_frozen)
		text_put(&line, _("  FROZEN"));
	put(frame, FRAME_HEAD, place);
}

static void
put_use(struct text *line, const struct snapshot *snapshot)
{
	text_put(line, "  CPU ");
	units_put_permille(line, snapshot->permille);
	text_put(line, _("  memory "));
	units_put_bytes(line, snapshot->memory_kb < 0 ? -1 : snapshot->memory_kb * 1024);
}

static void
draw_numbers(const struct frame *frame, const struct snapshot *snapshot)
{
	const struct seen_numbers *numbers = &snapshot->server.numbers;
	const bool is_wide = frame->width >= 72;
	char place[LINE_BYTES];
	struct text line = TEXT_ON(place);

	text_printf(&line, is_wide ? _("%lld of %lld live") : _("%lld/%lld live"),
	    (long long)numbers->live, (long long)numbers->max);
	if (frame->width >= 90)
		text_printf(&line, _(" (most %lld)"), (long long)numbers->most);
	text_put(&line, "  ");
	units_put_rate(&line, snapshot->new_milli);
	text_put(&line, _(" new/s  "));
	units_put_rate(&line, snapshot->refused_milli);
	text_put(&line, is_wide ? _(" refused/s") : _(" ref/s"));
	put_use(&line, snapshot);
	put(frame, FRAME_PLAIN, place);
}

/* ---- plots ------------------------------------------------------------------------- */

static size_t
plot_height(const struct frame *frame)
{
	if (frame->height < PLOT_LEAST_LINES || frame->width < PLOT_LEAST_COLUMNS)
		return 0;
	return frame->height >= 34 ? 5 : 3;
}

static void
put_padded(struct text *line, const char *words, size_t width)
{
	text_put(line, words);
	for (size_t used = text_columns(words); used < width; used++)
		text_put_char(line, ' ');
}

static void
draw_labels(const struct frame *frame, int64_t rate_milli, int64_t live, size_t width)
{
	char place[LINE_BYTES], words[64];
	struct text line = TEXT_ON(place), label = TEXT_ON(words);

	text_put(&label, _("new sessions/s, peak "));
	units_put_rate(&label, rate_milli);
	put_padded(&line, words, width);
	text_printf(&line, _("live sessions, peak %lld"), (long long)live);
	put(frame, FRAME_DIM, place);
}

/* Two side by side: new sessions a second, and live ones. */
static void
draw_plots(const struct frame *frame)
{
	struct plot_field left = { .width = (frame->width - 2) / 2,
		.height = plot_height(frame),
		.is_braille = frame->is_utf8 };
	struct plot_field right = left;
	char place[LINE_BYTES];
	struct text line = TEXT_ON(place);

	right.width = frame->width - 2 - left.width;
	left.peak = plot_peak(frame->rate, left.width, frame->is_utf8);
	right.peak = plot_peak(frame->live, right.width, frame->is_utf8);
	draw_labels(frame, left.peak, right.peak, left.width + 2);
	for (size_t i = 0; i < left.height; i++) {
		line = TEXT_ON(place);
		plot_put_line(&line, frame->rate, &left, i);
		text_put(&line, "  ");
		plot_put_line(&line, frame->live, &right, i);
		put(frame, FRAME_PLOT, place);
	}
}

/* ---- services ---------------------------------------------------------------------- */

static size_t
service_rows(
    const struct frame *frame, const struct view *view, const struct snapshot *snapshot)
{
	const size_t most =
	    frame->height == 0 ? snapshot->service_count : frame->height / 4;

	if (!view->shows_services ||
	    (frame->height != 0 && frame->height < SERVICES_LEAST_LINES))
		return 0;
	return snapshot->service_count < most ? snapshot->service_count : most;
}

static void
draw_services(const struct frame *frame, const struct snapshot *snapshot, size_t rows)
{
	char place[LINE_BYTES];
	struct text line = TEXT_ON(place);
	struct table table;

	report_services(&table, snapshot->services, rows, frame->width >= 100);
	table_fit(&table, frame->width);
	table_put_titles(&line, &table);
	put(frame, FRAME_TITLES, place);
	for (size_t i = 0; i < rows; i++) {
		line = TEXT_ON(place);
		table_put_row(&line, &table, i);
		put(frame, FRAME_PLAIN, place);
	}
}

/* ---- sessions ---------------------------------------------------------------------- */

static bool
is_ending(const struct seen_session *session)
{
	static const char *const others[] = { "arriving", "waiting", "asking",
		"running" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(session->state, others[i]) == 0)
			return false;
	return true;
}

static enum frame_style
row_style(const struct frame *frame, const struct view *view, size_t row)
{
	const struct sheet *sheet = &view->sheet;
	const struct seen_session *session = &sheet->sessions[sheet->order[row]];

	if (frame->height != 0 && row == view->cursor)
		return FRAME_CHOSEN;
	return is_ending(session) ? FRAME_ENDING : FRAME_PLAIN;
}

static void
draw_sessions(const struct frame *frame, const struct view *view, size_t rows)
{
	const size_t left = view->sheet.count - view->first;
	const size_t shown = left < rows ? left : rows;
	struct sheet_view sheet;
	char place[LINE_BYTES];
	struct text line = TEXT_ON(place);

	sheet_show(&sheet, &view->sheet, view->first, shown);
	sheet_mark(&sheet, view->key, view->is_descending, frame->is_utf8);
	table_fit(&sheet.table, frame->width);
	table_put_titles(&line, &sheet.table);
	put(frame, FRAME_TITLES, place);
	for (size_t i = 0; i < rows; i++) {
		line = TEXT_ON(place);
		place[0] = '\0';
		if (i < shown)
			table_put_row(&line, &sheet.table, i);
		put(frame,
		    i < shown ? row_style(frame, view, view->first + i) : FRAME_PLAIN,
		    place);
	}
}

/* ---- the last line ----------------------------------------------------------------- */

static void
put_keys(struct text *line, const struct frame *frame, const struct view *view)
{
	if (view->filter[0] != '\0')
		text_printf(line, _("filter: %s  "), view->filter);
	if (frame->width >= 78)
		text_put(line, _("q quit  ? help  < > sort  / filter  k kill  p pause  "
				 "s services  space freeze"));
	else
		text_put(line, _("q quit  ? help  / filter  k kill"));
}

static void
draw_foot(const struct frame *frame, const struct view *view)
{
	enum frame_style style = FRAME_QUESTION;
	char place[LINE_BYTES];
	struct text line = TEXT_ON(place);

	if (view->mode == VIEW_FILTER) {
		text_printf(&line, _("show only: %s_"), view->input);
	} else if (view->mode == VIEW_SERVICE) {
		text_printf(&line, _("pause or resume which service? %s_"), view->input);
	} else if (view->mode == VIEW_CONFIRM) {
		text_printf(&line,
		    view->is_now ? _("kill %s of %s at once? y or n")
				 : _("kill %s of %s? y or n"),
		    view->target, view->input);
	} else if (frame->trouble != NULL) {
		text_put(&line, frame->trouble);
		style = FRAME_ALERT;
	} else if (view->message[0] != '\0') {
		text_put(&line, view->message);
	} else {
		put_keys(&line, frame, view);
		style = FRAME_FOOT;
	}
	put(frame, style, place);
}

/* ---- help -------------------------------------------------------------------------- */

static void
draw_help(const struct frame *frame)
{
	static const char *const lines[] = {
		N_("up down pgup pgdn home end   choose a session"),
		N_("< >   sort by the next column to the left or right;  r  turn the order"),
		N_("C cpu  M mem  T age  I in  O out  P pid  A source  S service  D id  E state"),
		N_("/     show only what contains a word; escape ends that"),
		N_("k     have the chosen session end;  K  at once"),
		N_("p     pause a service, or resume it"),
		N_("s     services on or off"),
		N_("space freeze the picture, or go on"),
		N_("q     quit"),
	};
	const size_t count = ARRAY_SIZE(lines);

	put_words(frame, FRAME_HEAD, _("prong top: keys"));
	for (size_t i = 0; i + 2 < frame->height; i++)
		put_words(frame, FRAME_PLAIN, i < count ? words_get(lines[i]) : "");
	put_words(frame, FRAME_FOOT, _("any key goes back"));
}

/* ---- all of it --------------------------------------------------------------------- */

void
frame_draw(const struct frame *frame, struct view *view, const struct snapshot *snapshot)
{
	const size_t services = service_rows(frame, view, snapshot);
	const size_t plots = plot_height(frame);
	size_t used = 4; /* title, numbers, titles of sessions, foot */
	size_t rows = view->sheet.count;

	if (view->mode == VIEW_HELP) {
		draw_help(frame);
		return;
	}
	used += plots > 0 ? plots + 1 : 0;
	used += services > 0 ? services + 1 : 0;
	if (frame->height != 0)
		rows = frame->height > used ? frame->height - used : 0;
	view_scroll(view, rows);
	draw_title(frame, view, snapshot);
	draw_numbers(frame, snapshot);
	if (plots > 0)
		draw_plots(frame);
	if (services > 0)
		draw_services(frame, snapshot, services);
	draw_sessions(frame, view, rows);
	if (frame->height != 0)
		draw_foot(frame, view);
}
