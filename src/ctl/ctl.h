/*
 * ctl -- the commands that look at and steer servers that run: prong ps, top, kill, ...
 *
 * Clients of the control socket, in processes of their own.  Nothing here is touched by
 * a process that serves.
 */
#pragma once

#include <stddef.h>

#include "args.h"

/* Exit statuses. */
enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

struct ctl_command {
	const char *name;
	int (*act)(const struct args *);
	unsigned options;   /* ARGS_... */
	size_t least, most; /* words */
	const char *usage, *help;
	const char *more;     /* of its help text; NULL: nothing */
	const char *statuses; /* NULL: done, failed, usage */
	const char *words;    /* that completion knows, separated by blanks; NULL */
};

/* For the list in `prong --help`. */
extern const struct ctl_command ctl_commands[];
extern const size_t ctl_command_count;

/* The command of that name, or NULL. */
const struct ctl_command *ctl_find(const char *name);

/* Runs it; argv[0] is its name.  The exit status. */
int ctl_run(const struct ctl_command *, int argc, char *argv[]);
