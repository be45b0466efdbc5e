/*
 * bind -- from a place to sockets that accept
 *
 * Opens, configures, binds and listens, and says in words what went wrong.
 */
#pragma once

#include "addr.h"
#include "place.h"
#include "settings.h"

/* What binding made; the caller owns `fd` and, once it closes it, bind_remove(). */
struct bound {
	int fd;
	bool has_path;               /* a Unix path that we made */
	unsigned long long dev, ino; /* which file that was */
	struct addr addr;
};

#define BOUND_PER_PLACE 16

/*
 * Opens every socket that the place stands for: at most BOUND_PER_PLACE.  Returns how
 * many, or -errno with one line in `message` and nothing left open.
 *
 * Every address, both families: where there is no IPv6 it is IPv4 alone, silently; with
 * port 0 both get the same one.
 */
int bind_open(const struct place *, const struct settings *, struct bound *ret_bound,
    struct text *message);

/* Removes the path of a Unix socket if it is still the one we made. */
void bind_remove(const struct bound *);
