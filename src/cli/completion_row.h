/*
 * completion_row -- what the completion scripts are made from, row by row
 *
 * Shared by the parts, one for each shell.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ctl.h"

/* An option without its dashes, what it takes ("": nothing), and what it is for. */
struct completion_row {
	char name[64], argument[64];
	const char *help;
};

/* The i-th option of a server; false: no more. */
bool completion_row_at(size_t i, struct completion_row *ret_row);

/* The same of a command that talks to servers. */
bool completion_row_of(
    const struct ctl_command *, size_t i, struct completion_row *ret_row);

/* The words that an option's value can be, or NULL. */
const char *const *completion_row_choices(const char *name);
void completion_row_put_choices(const char *const *choices);

/* Is the value a path? */
bool completion_row_is_path(const char *argument);

/* What `prong import` takes, separated by blanks. */
void completion_row_put_kinds(void);

/* ---- parts: the whole script, to stdout -------------------------------------------- */

void completion_bash_print(void);
void completion_zsh_print(void);
void completion_fish_print(void);
