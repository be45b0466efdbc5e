/*
 * takeover -- the begin of a program that takes another's place
 *
 * It was executed by upgrade.c: tried beside the old program, in its place, or, when the
 * new one could not go on, as the old one again.
 */
#pragma once

#include <stdio.h>

#include "handover.h"
#include "setup.h"

struct server;

/*
 * A trial: looks whether these services could be served in place of the others, and says
 * so.  `problems` has what was wrong with the command line and the configuration
 * already; NULL: nothing was.  The exit status.
 */
int takeover_try(
    const struct handover *, const struct setup_order *, const char *problems);

/* In the old program's place: the server in server->prong, new, serves what it served,
 * and then what the configuration says.  0, or -1: neither we nor the old program can go
 * on.  Does not return where the old program could be executed again. */
int takeover_take(struct server *, const struct handover *, char *const argv[]);

/* Before there is a server: the old program is executed again.  Returns if that fails. */
void takeover_back(const struct handover *, const struct notify *, char *const argv[],
    const char *reason);
