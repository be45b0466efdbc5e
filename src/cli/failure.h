/*
 * failure -- the engine could not start: what is said of it, and the exit status
 */
#pragma once

#include "server.h"
#include "setup.h"

/* Of a configuration it is said at its place there, and where the log is data as one
 * event of it.  What the command ends with: SERVE_USAGE, SERVE_LACKING, SERVE_FAILED. */
int failure_tell(struct server *, const struct setup_order *, int failed);
