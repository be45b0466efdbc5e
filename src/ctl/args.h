/*
 * args -- the words behind `prong ps` and its sisters
 *
 * One table of options for all of these commands; each takes some of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ctl_command;

/* Bits of ctl_command.options; --help, --instance and --control belong to every one. */
enum {
	ARGS_JSON = 1,
	ARGS_GRACE = 2, /* --grace TIME, --now */
	ARGS_FOR = 4,
	ARGS_TIMEOUT = 8, /* --timeout TIME, --now */
	ARGS_WAIT = 16,
	ARGS_ONCE = 32,
	ARGS_SERVICE = 64,
};

struct args {
	const char *name; /* of the command */
	bool json, help, now, wait, once;
	bool is_quiet;                  /* says nothing on stderr: set by callers */
	const char *instance, *control; /* NULL: not given */
	const char *grace, *time, *timeout, *service;
	const char *const *words; /* ends with NULL */
	size_t count;
};

/* argv[0] is the command's name.  Words are reordered, not copied.  -EINVAL: a mistake,
 * which stderr has been told of. */
int args_init(struct args *, const struct ctl_command *, int argc, char *argv[]);

/* The i-th of its options as its help has it: "--grace TIME", and what it is for.  False:
 * no more. */
bool args_option(const struct ctl_command *, size_t i, const char **ret_spelling,
    const char **ret_help);

/* The command's usage and its options. */
void args_print_help(const struct ctl_command *);
