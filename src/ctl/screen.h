/*
 * screen -- the terminal, through curses
 *
 * Draws frames and reads keys.  Whatever ends the program, screen_close() or curses' own
 * care for INT and TERM leaves the terminal as it was.
 */
#pragma once

#include "frame.h"

/* What screen_key() says besides characters and enum view_key. */
enum { SCREEN_NO_KEY = -1, SCREEN_RESIZED = -2 };

/* Curses has one of its own behind this; there is never a second. */
struct screen {
	void *curses;
};

/* Negative errno and a reason: not a terminal, or one that cannot do it. */
int screen_open(struct screen *, const char **ret_why);
void screen_close(struct screen *);

/* The size is that of the terminal, the lines are ours. */
void screen_draw(struct frame *, struct view *, const struct snapshot *);

/* A key that was pressed; does not wait. */
int screen_key(void);
