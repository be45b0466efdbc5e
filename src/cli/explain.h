/*
 * explain -- prong explain: what happens to a connection, stage by stage
 *
 * Of a configuration, of a command line, or of a server that runs.
 */
#pragma once

#include <stdio.h>

#include "settings.h"

int explain_run(int argc, char *argv[]);

/* One service: its values in the order of settings_table; NULL: not known.  All of it is
 * printed as it is: nothing in it may move a cursor. */
struct explain_service {
	const char *name, *listen, *program;
	const char *const *values;
};

void explain_print(FILE *, const struct explain_service *);

/* Is the setting told of at all?  For the tests: every one has its place. */
bool explain_knows(const char *setting);
