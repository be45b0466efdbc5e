/*
 * why -- prong why: what would become of a client that came now
 */
#pragma once

#include "args.h"
#include "text.h"

int why_run(const struct args *);

/* The address alone of what the log calls a client: "192.0.2.7:4711", "[::1]:80" and
 * "vsock:3:1024" have a port that does not matter; anything else stays as it is. */
void why_put_address(struct text *, const char *word);
