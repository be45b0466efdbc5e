/*
 * setup -- from the command line or the configuration to services of the engine
 */
#pragma once

#include "config.h"
#include "inherit.h"
#include "options.h"
#include "prong.h"

/* What a service is made from. */
struct setup_order {
	const struct options *options;
	const struct inherit *inherit;
	const struct config *config; /* NULL: the command line */
	/* Nothing is served: what a service manager would hand over is taken for granted.
	 */
	bool is_only_looking;
	const char *stand_in; /* and this is put in its place; NULL: the word itself */
};

/* 0, or what the engine answered; prong_error() says more. */
int setup_services(struct prong *, const struct setup_order *);

/* Reports "systemd" words that stand for no socket. */
void setup_check(const struct setup_order *, struct mistakes *);

/* The first socket that was handed over and that no service listens on: what is wrong
 * with that.  False: there is none. */
bool setup_find_unused(const struct setup_order *, char *message, size_t size);

/* Writes the bound addresses to the descriptor, a line each in the order of the services,
 * and closes it; 0, 1 and 2 become /dev/null instead. */
void setup_tell_ready(const struct prong *, int fd);
