/*
 * output -- what a program says on its error output
 *
 * A pipe per session, read line by line into events.  Bounded in every direction: the
 * length of a line, lines per second (the rest is counted), bytes per look (a program
 * that floods is slowed by its own full pipe, not us).
 */
#pragma once

#include "slots.h"

struct conn;

#define OUTPUT_LINE_MAX 1000 /* longer lines are told in pieces */
#define OUTPUT_REST_MAX 1000 /* the begin of a line whose end is still to come */
#define OUTPUT_LINES_PER_SECOND 50

/* One per slot, beside the conns: touched only by programs that write half lines. */
struct output_rest {
	uint32_t used;
	char bytes[OUTPUT_REST_MAX];
};

struct output_rests {
	struct output_rest *pools[SLOTS_SEGMENTS];
	uint32_t count;
};

/* For one more segment of slots.  -ENOMEM. */
int output_grow(struct output_rests *, uint32_t capacity);
void output_done(struct output_rests *);

/* Gives the new session a pipe: *ret_write_fd is for the child, and the caller's.
 * -EMFILE, -ENFILE. */
int output_begin(struct conn *, int *ret_write_fd);

/* Watches it.  -ENOMEM, -ENOSPC. */
int output_watch(struct conn *);

/* Tells what is left, within bounds, and closes. */
void output_end(struct conn *);

/* The pause of a flood is over. */
void output_resume(struct conn *);
