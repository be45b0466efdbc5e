/*
 * manage -- the server as its control socket sees it
 *
 * Gives src/control what only the command knows and can do.  A socket that cannot be
 * made is told of in the log and costs nothing else.
 */
#pragma once

#include "control.h"
#include "logsink.h"
#include "options.h"

/* What the command lends; all of it must outlive the rest. */
struct manage_order {
	struct prong *prong;
	const struct options *options;
	struct logsink *log;
	int (*drain)(void *context, int64_t timeout_ms); /* as control_host has it */
	void *context;
};

struct manage {
	struct manage_order order;
	struct control_host host;
	struct control *control; /* NULL: none */
	int64_t started_at;
	bool is_draining; /* set by the command */
};

void manage_open(struct manage *, const struct manage_order *);
void manage_close(struct manage *);
