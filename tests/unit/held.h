/*
 * held -- a program that is held, and the little of a tracer that it takes
 *
 * Starts parked.c in the way of src/warm/hold.c but knows one touch only: read(0).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "park.h"
#include "unit.h"

struct held {
	pid_t pid;
	int ctl;    /* our end of the placeholder */
	int client; /* of the connection that was given */
	struct park_thread threads[PARK_THREADS_MAX];
	uint32_t thread_count;
	struct hold_report report;
	struct park_slot slot; /* of size 0: none */
};

/* A program with a word, up to the hold.  `path` NULL: the one of the C library. */
void held_start(struct held *, const char *path, const char *word, const char *more);

/* Parks it and lets go of it. */
enum hold_result held_park(struct held *, bool for_copies);

/* Both, and it must work. */
void held_begin(struct held *, const char *word, const char *more);

/* Gives it a connection, whose other end is then `client`. */
void held_give(struct held *, const char *text);

/* Orders a copy, which shows as another that is held; `ret` is given back whole. */
void held_copy(struct held *, struct held *ret);

/* The copy's channel, and what it answers: a process id or -errno. */
int held_order_copy(struct held *, int32_t *ret_value);

/* The client says "x". */
void held_ask(struct held *);

/* What it says to the client, until it closes. */
const char *held_says(struct held *);

/* Its exit status, or minus its signal. */
int held_end(struct held *);

/* Gets a connection and is asked, and must say that and end so. */
void held_goes_on(struct held *, const char *expected, int status);
