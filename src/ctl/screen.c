#include "screen.h"

#include <curses.h>
#include <langinfo.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "words.h"

enum { PAIR_PLOT = 1, PAIR_ENDING, PAIR_ALERT, PAIR_HEAD };

static void
set_colours(void)
{
	if (!has_colors() || start_color() == ERR || use_default_colors() == ERR)
		return;
	(void)init_pair(PAIR_PLOT, COLOR_CYAN, -1);
	(void)init_pair(PAIR_ENDING, COLOR_YELLOW, -1);
	(void)init_pair(PAIR_ALERT, COLOR_RED, -1);
	(void)init_pair(PAIR_HEAD, COLOR_GREEN, -1);
}

/* Asked before newterm(), which would only say no. */
static bool
can_move_cursor(void)
{
	int error;
	bool can;

	if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return false;
	can = cursor_address != NULL && clear_screen != NULL;
	(void)del_curterm(cur_term);
	return can;
}

int
screen_open(struct screen *screen, const char **ret_why)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		*ret_why = _("this is not a terminal");
		return -ENOTTY;
	}
	if (!can_move_cursor() ||
	    (screen->curses = newterm(NULL, stdout, stdin)) == NULL) {
		*ret_why = _("this terminal cannot move its cursor (TERM)");
		return -ENOTTY;
	}
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)set_escdelay(25);
	(void)curs_set(0);
	set_colours();
	return 0;
}

void
screen_close(struct screen *screen)
{
	(void)endwin();
	delscreen(screen->curses);
	screen->curses = NULL;
}

/* ---- lines ------------------------------------------------------------------------- */

static attr_t
attributes(enum frame_style style)
{
	switch (style) {
	case FRAME_HEAD:
		return A_BOLD | COLOR_PAIR(PAIR_HEAD);
	case FRAME_DIM:
	case FRAME_FOOT:
		return A_DIM;
	case FRAME_PLOT:
		return COLOR_PAIR(PAIR_PLOT);
	case FRAME_TITLES:
		return A_REVERSE;
	case FRAME_CHOSEN:
		return A_BOLD | A_REVERSE | COLOR_PAIR(PAIR_PLOT);
	case FRAME_ENDING:
		return COLOR_PAIR(PAIR_ENDING);
	case FRAME_QUESTION:
		return A_BOLD;
	case FRAME_ALERT:
		return A_BOLD | COLOR_PAIR(PAIR_ALERT);
	case FRAME_PLAIN:
		break;
	}
	return A_NORMAL;
}

/* A bar goes over the whole width. */
static void
put_line(void *context, enum frame_style style, const char *line)
{
	const bool is_bar = style == FRAME_TITLES || style == FRAME_CHOSEN;
	int *row = context;
	const int y = (*row)++;

	if (y >= LINES)
		return;
	(void)move(y, 0);
	(void)clrtoeol();
	(void)attrset((int)attributes(style));
	(void)addstr(line);
	for (int x = getcurx(stdscr); is_bar && getcury(stdscr) == y && x < COLS; x++)
		(void)addch(' ');
	(void)attrset(A_NORMAL);
}

void
screen_draw(struct frame *frame, struct view *view, const struct snapshot *snapshot)
{
	int row = 0;

	frame->width = (size_t)COLS;
	frame->height = (size_t)LINES;
	frame->is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	frame->put = put_line;
	frame->context = &row;
	(void)erase();
	frame_draw(frame, view, snapshot);
	(void)refresh();
}

/* ---- keys -------------------------------------------------------------------------- */

int
screen_key(void)
{
	static const struct {
		int curses, ours;
	} keys[] = {
		{ ERR, SCREEN_NO_KEY },
		{ KEY_RESIZE, SCREEN_RESIZED },
		{ KEY_UP, VIEW_UP },
		{ KEY_DOWN, VIEW_DOWN },
		{ KEY_PPAGE, VIEW_PAGE_UP },
		{ KEY_NPAGE, VIEW_PAGE_DOWN },
		{ KEY_HOME, VIEW_HOME },
		{ KEY_END, VIEW_END },
		{ KEY_ENTER, VIEW_ENTER },
		{ '\r', VIEW_ENTER },
		{ '\n', VIEW_ENTER },
		{ 27, VIEW_ESCAPE },
		{ KEY_BACKSPACE, VIEW_BACKSPACE },
		{ 127, VIEW_BACKSPACE },
		{ 8, VIEW_BACKSPACE },
	};
	const int key = getch();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].curses == key)
			return keys[i].ours;
	return key;
}
