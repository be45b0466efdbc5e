/*
 * check_start -- what will not work of a service that starts before its clients come
 *
 * Looks at the program, its script and what this machine allows, and says as warnings and
 * notes what can be known without starting anything.  The rest a server says when it
 * serves.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"

struct check_start {
	FILE *out;
	const struct config *config; /* NULL: a command line */
	const char *service;
	const char *start;            /* the setting */
	const char *program;          /* its file, or a built-in */
	const char *dir;              /* in which it runs; "": this one */
	const char *user;             /* as which; "": as who serves */
	const char *processes, *most; /* the settings processes and spares-max */
	bool has_terminal;
	const char *const *argv;
};

void check_start_say(const struct check_start *);

/* Of all services together: so many may wait at once, beside what serving itself takes;
 * UINT64_MAX: no limit that is known. */
void check_start_say_limits(
    FILE *, uint64_t spares, uint64_t files_allowed, uint64_t processes_allowed);
