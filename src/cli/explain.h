/*
 * explain -- prong explain: what happens to a connection, stage by stage
 *
 * Of a configuration, of a command line, or of a server that runs.
 */
#pragma once

#include <stdio.h>

#include "settings.h"

int explain_run(int argc, char *argv[]);

/* One measure of a service, as prong_measures.h has it. */
struct explain_measure {
	const char *name, *asked, *state, *what, *why;
};

/* One service: its values in the order of settings_table; NULL: not known.  All of it is
 * printed as it is: nothing in it may move a cursor. */
struct explain_service {
	const char *name, *listen, *program;
	/* What has been started ahead and what came of it, of a server that runs; NULL.
	 */
	const char *now, *counts;
	const char *const *values;
	const struct explain_measure *measures; /* measure_count of them; 0: not known */
	size_t measure_count;
	const char *untried; /* why nothing could be tried; NULL */
};

/* "": unset, or not known. */
const char *explain_value(const struct explain_service *, const char *setting);

void explain_print(FILE *, const struct explain_service *);

/* Is the setting told of at all?  For the tests: every one has its place. */
bool explain_knows(const char *setting);
