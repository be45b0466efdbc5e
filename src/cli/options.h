/*
 * options -- the command line, taken apart
 *
 * Every row of settings.def is an option, to which the few that only make sense for a
 * command are added.  All mistakes are found and told in one go.  Nothing is opened or
 * started here; the settings are checked for themselves, not against the machine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "format.h"
#include "mistakes.h"

/* A socket's path has room for 107 bytes, and ours one less: see sockdir.c. */
#define OPTIONS_CONTROL_MOST 106

/* One setting as given, in the order of the command line. */
struct option_use {
	const char *name, *value;
	char *owned; /* memory behind `value`, if it is not a word of argv */
};

struct options {
	char name[64]; /* of the service, or of the instance; "" with -f: not said */
	bool is_bare;  /* no arguments at all */
	bool is_quiet; /* warnings and errors only */
	bool wants_help, wants_version;
	bool log_is_set;
	enum format_kind log;
	int ready_fd; /* -1: none */
	bool control_is_off;
	const char *control;     /* NULL: where sockdir.h says */
	const char *config_path; /* NULL: all is said on the command line */
	struct option_use *uses;
	size_t use_count;
	const char **listens; /* empty: the loopback addresses */
	size_t listen_count;
	const char *const *program; /* NULL-terminated */
};

/* Words are not copied: argv and the environment must outlive the options.  What is
 * wrong is in *mistakes, and then *ret_options is only good for options_done().
 * -ENOMEM is the only failure. */
int options_init(
    struct options *ret_options, int argc, char *const argv[], struct mistakes *);
void options_done(struct options *);

/* Was this setting given? */
bool options_has(const struct options *, const char *name);

/* The options that are not settings, for --help. */
struct option_help {
	const char *spelling, *help;
};
extern const struct option_help options_command_help[];
extern const size_t options_command_count;
