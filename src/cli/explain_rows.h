/*
 * explain_rows -- what a program could do if it were taken over, a row for each thing
 *
 * From a service's settings and from which of its measures are in force.
 */
#pragma once

#include "explain.h"

struct explain_row {
	const char *topic;  /* "files"; "": that of the row before */
	const char *action; /* "read" */
	char now[1024];     /* what of it can be done now */
	char by[64];        /* the measure that sees to it */
};

/* The texts are in the language of whoever reads.  False: no more. */
bool explain_row(
    const struct explain_service *, size_t which, struct explain_row *ret_row);
