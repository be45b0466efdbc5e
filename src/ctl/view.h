/*
 * view -- what the user of `prong top` has chosen: order, filter, row, question
 *
 * Pure: keys come in, requests for the server come out.  The chosen row follows its
 * session wherever that moves.
 */
#pragma once

#include "sheet.h"
#include "snapshot.h"

/* Keys that are no characters. */
enum view_key {
	VIEW_UP = 0x10000,
	VIEW_DOWN,
	VIEW_PAGE_UP,
	VIEW_PAGE_DOWN,
	VIEW_HOME,
	VIEW_END,
	VIEW_ENTER,
	VIEW_ESCAPE,
	VIEW_BACKSPACE,
};

enum view_mode {
	VIEW_NORMAL,
	VIEW_FILTER,  /* is being typed */
	VIEW_CONFIRM, /* a kill */
	VIEW_SERVICE, /* whose name is being typed, to be paused or resumed */
	VIEW_HELP,
};

/* What a key came to. */
enum view_act { VIEW_NOTHING, VIEW_QUIT, VIEW_SEND };

struct view {
	enum view_mode mode;
	enum sheet_key key;
	bool is_descending, shows_services, is_frozen;
	char filter[64];
	char input[64];     /* what is typed; whose session is to be killed */
	struct sheet sheet; /* of the snapshot of the latest update */
	size_t room;
	char chosen[24]; /* the session's id; "": none */
	size_t cursor;   /* its row in the sheet */
	size_t first;    /* the uppermost row that is shown */
	size_t page;     /* rows that are shown */
	char target[64]; /* id or service that is asked about */
	bool is_now;
	const char *request[4]; /* after VIEW_SEND */
	char message[192];      /* the last line; "": the keys */
};

void view_init(struct view *);
void view_done(struct view *);

/* Takes in a snapshot, which must stay until the next one.  -ENOMEM. */
int view_update(struct view *, const struct snapshot *);

/* So many rows can be shown: moves what is shown so that the cursor is seen. */
void view_scroll(struct view *, size_t page);

enum view_act view_press(struct view *, int key, const struct snapshot *);
