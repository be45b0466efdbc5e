/*
 * commands -- the first word of the command line, if it is not a server to be run
 *
 * Those of src/ctl, which look at and steer servers that run, and a few of the command's
 * own.  No LISTEN word looks like one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Runs the command argv[1] names; false: it names none. */
bool commands_run(int argc, char *argv[], int *ret_status);

/* The command whose name is nearest to a word that names none; NULL: none is near. */
const char *commands_nearest(const char *word);

/* For --help and for completion: NULL past the last one. */
const char *commands_name(size_t i);
const char *commands_help(size_t i);
