/*
 * rush -- many clients, each with a short exchange, over and over
 *
 * Keeps a number of clients busy through one epoll: connect, talk, record the time, the
 * next one.  RUSH_HELLO reads to the end of file and wants at least a byte; RUSH_ECHO
 * sends a line of 64 bytes, wants it back, sends its FIN and wants the server's;
 * RUSH_HOLD sends an empty line, wants it back and keeps the connection; RUSH_END says
 * nothing and waits until the server ends the connection, as one does that is refused.
 * An exchange that is refused, reset (but RUSH_END), short, or takes more than
 * RUSH_PATIENCE_NS has failed.
 */
#pragma once

#include <stdint.h>

#include "dial.h"
#include "tally.h"

#define RUSH_PATIENCE_NS (5ull * 1000 * 1000 * 1000)

enum rush_mode { RUSH_HELLO, RUSH_ECHO, RUSH_HOLD, RUSH_END };

struct rush_plan {
	enum rush_mode mode;
	unsigned clients;
	uint64_t seconds_ns; /* 0: no limit */
	uint64_t count;      /* 0: no limit */
	uint64_t pause_ns;   /* of each client between two exchanges */
	uint64_t pace_ns;    /* between two begins, while a client is free; 0: at once */
};

/* Begins exchanges until a limit of the plan is reached, ends when all have ended.
 * What RUSH_HOLD holds stays open until the process ends. */
void rush_run(const struct rush_plan *, struct dial *, struct tally *);
