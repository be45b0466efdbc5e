/*
 * serve -- runs the service until it is asked to stop
 *
 * Owns the main loop: one epoll over the engine, the signals, the log's backlog and the
 * manager's watchdog.  An idle server is never woken.
 */
#pragma once

#include "inherit.h"
#include "notify.h"
#include "options.h"

/* Exit statuses of the command. */
enum {
	SERVE_STOPPED = 0,
	SERVE_FAILED = 1,
	SERVE_USAGE = 2,
	SERVE_SYSTEM = 111,
};

int serve_run(const struct options *, const struct inherit *, struct notify *);
