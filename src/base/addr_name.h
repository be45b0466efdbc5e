/*
 * addr_name -- the name in a Unix address, whichever of its three forms it has
 *
 * For addr.c and addr_put.c only.
 */
#pragma once

#include "addr.h"

/* Not NUL-terminated; an abstract name is without its leading NUL but may hold others. */
struct addr_name {
	const char *bytes;
	size_t length; /* 0 and not abstract: unnamed */
	bool is_abstract;
};

struct addr_name addr_unix_name(const struct addr *);
