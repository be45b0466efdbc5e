/*
 * clocks -- the deadlines of one session
 *
 * Several things can be due for a session, but it has one timer: armed for the earliest.
 * Pure data; the time is always an argument.
 */
#pragma once

#include <stdbool.h>

#include "base.h"

enum due {
	DUE_SESSION,    /* session-timeout */
	DUE_IDLE,       /* look whether bytes moved since */
	DUE_FIRST_BYTE, /* look whether a byte came */
	DUE_EOF,    /* look whether anything was sent since the client's end of input */
	DUE_GRACE,  /* TERM did not help: KILL */
	DUE_LINGER, /* the client did not take its answer */
	DUE_REST,   /* look whether the rest of the group is gone */
	DUE_OUTPUT, /* read the program's error output again */
	DUE_ENTRY,  /* before it has a session: a header, a turn or an answer is due */
	DUE_COUNT,
};

/* 0: not set. */
struct clocks {
	msec at[DUE_COUNT];
};

/* The earliest, or 0. */
msec clocks_next(const struct clocks *);

/* Takes one that is due at `now`; false if none is. */
bool clocks_take(struct clocks *, msec now, enum due *ret_due);
