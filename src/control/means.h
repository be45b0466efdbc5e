/*
 * means -- what answers are made from
 */
#pragma once

#include "control.h"
#include "timed.h"

struct means {
	struct prong *prong;
	const struct control_host *host;
	struct timed timed;
	msec now;
};

/* Reads the clock. */
void means_update_now(struct means *);
