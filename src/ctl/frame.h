/*
 * frame -- one picture of `prong top`, line by line
 *
 * Pure: what is seen and what the user has chosen become lines for a field of any size.
 * What there is no room for goes: plots first, then services; the table of sessions, the
 * head and the last line stay.
 */
#pragma once

#include "plot.h"
#include "snapshot.h"
#include "view.h"

enum frame_style {
	FRAME_PLAIN,
	FRAME_HEAD,
	FRAME_DIM,
	FRAME_PLOT,
	FRAME_TITLES,
	FRAME_CHOSEN,
	FRAME_ENDING, /* a session that is being ended */
	FRAME_FOOT,
	FRAME_QUESTION,
	FRAME_ALERT,
};

struct frame {
	size_t width, height; /* height 0: as many lines as there are, for a file */
	bool is_utf8;
	const char *trouble; /* NULL: the server answers */
	const struct plot *rate, *live;
	void (*put)(void *context, enum frame_style, const char *line);
	void *context;
};

/* `height` lines, or 4 if that is less, of at most `width` columns. */
void frame_draw(const struct frame *, struct view *, const struct snapshot *);
