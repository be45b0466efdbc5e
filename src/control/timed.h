/*
 * timed -- services that are paused until a time, and then resumed without anybody
 *
 * Pure: remembers names and times in fixed memory; the caller has the clock and acts.
 */
#pragma once

#include <stdbool.h>

#include "text.h"

#define TIMED_ROWS 64

struct timed {
	struct timed_row {
		char name[64]; /* "": a free row */
		msec due;
	} rows[TIMED_ROWS];
};

/* Adds the service, or changes its time.  -ENOSPC: no row is free. */
int timed_add(struct timed *, const char *name, msec due);

/* Forgets the service, or all of them (NULL); it is fine if it is not there. */
void timed_remove(struct timed *, const char *name);

/* How many more could be added. */
size_t timed_room(const struct timed *);

/* When something is due; 0: never. */
msec timed_next(const struct timed *);

/* Takes one that is due into `ret_name`, of 64 bytes; false: none is. */
bool timed_take(struct timed *, msec now, char *ret_name);

/* "name:time,name:time", for timed_read(); -EINVAL and nothing added if it is not. */
void timed_put(struct text *, const struct timed *);
int timed_read(struct timed *, const char *words);
