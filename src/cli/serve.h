/*
 * serve -- runs the services until it is asked to stop
 *
 * Owns the main loop: one epoll over the engine, the signals, the log's backlog, the
 * control socket and the manager's watchdog.  An idle server is never woken.
 */
#pragma once

#include "handover.h"
#include "notify.h"
#include "setup.h"

/* Exit statuses of the command. */
enum {
	SERVE_STOPPED = 0,
	SERVE_FAILED = 1,
	SERVE_USAGE = 2,
	SERVE_LACKING = 3, /* a server: another try would find the same */
	SERVE_SYSTEM = 111,
};

struct serve_order {
	struct setup_order setup; /* its configuration becomes the server's to free */
	const struct handover *handover;
	struct notify *notify;
	char *const *argv; /* for the next upgrade */
};

int serve_run(const struct serve_order *);
