/*
 * setup -- from the command line to a service of the engine
 */
#pragma once

#include "inherit.h"
#include "options.h"
#include "prong.h"

/* What a service is made from. */
struct setup_order {
	const struct options *options;
	const struct inherit *inherit;
};

/* 0, or what the engine answered; prong_error() says more. */
int setup_service(
    struct prong *, const struct setup_order *, struct prong_service **ret_service);

/* Writes the bound addresses to the descriptor, a line each, and closes it; 0, 1 and 2
 * become /dev/null instead. */
void setup_tell_ready(const struct prong_service *, int fd);
