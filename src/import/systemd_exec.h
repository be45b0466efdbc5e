/*
 * systemd_exec -- ExecStart=: prefixes, words, variables
 */
#pragma once

#include "unit_file.h"

/* What the command line needs to know of its service. */
struct systemd_exec {
	const char *name;                /* for specifiers */
	const struct words *environment; /* NAME=VALUE */
	bool is_file_read;               /* there is an EnvironmentFile= */
};

/* Sets the program.  *ret_is_root: a prefix says that User= and Group= do not count. */
void systemd_exec_read(struct draft_service *, const struct systemd_exec *,
    const char *line, bool *ret_is_root);
