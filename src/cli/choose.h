/*
 * choose -- what both the command line and the configuration can say
 *
 * The command line has the last word.
 */
#pragma once

#include "setup.h"

/* Text on a terminal, the journal's own records where stderr leads there, JSON elsewhere,
 * unless something was said. */
enum format_kind choose_format(const struct setup_order *);
bool choose_stderr_is_journal(void);
bool choose_quiet(const struct setup_order *);

/* The configuration's path as others would write it; PATH_MAX bytes.  "": there is none.
 */
void choose_path(const struct setup_order *, char *path);

/* What the instance is called: as it was said, else the file's name without what follows
 * the dot, or the service's. */
void choose_name(const struct setup_order *, char *name, size_t size);
