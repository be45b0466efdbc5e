/*
 * load -- everything that was said, read and judged
 *
 * The command line has been taken apart; now the configuration that it names is read, and
 * what its words refer to is looked at.
 */
#pragma once

#include "setup.h"

/*
 * What is wrong is told on mistakes->out and counted.  If a configuration is named it is
 * read into *config, which order->config points to then, and which is the caller's to
 * free.
 */
void load_all(struct setup_order *order, struct config *config, struct mistakes *);

/* --ready-fd is open for writing, if it was said. */
void load_check_ready(const struct options *, struct mistakes *);
