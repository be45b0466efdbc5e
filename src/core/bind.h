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
	bool is_shared;              /* a duplicate of a socket that serves already */
	bool is_inherited;           /* somebody else made it */
	bool must_listen;            /* bind_listen() is due */
	bool has_path;               /* a Unix path that we made */
	unsigned long long dev, ino; /* which file that was */
	struct addr addr;
};

#define BOUND_PER_PLACE 16

/* Sockets of ours that serve already.  What one of them stands for is not opened anew:
 * it is duplicated, so that it is never closed for an instant. */
struct bind_pool {
	const struct bound *bounds;
	size_t count;
};

/*
 * Opens every socket that the place stands for: at most BOUND_PER_PLACE.  Returns how
 * many, or -errno with one line in `message` and nothing left open.
 *
 * Beside sockets of ours that serve already (the pool has some) TCP ports are only bound:
 * a socket that listened would take clients from a less particular one of ours, and if
 * the set is not taken in the end they would be lost.
 *
 * Every address, both families: where there is no IPv6 it is IPv4 alone, silently; with
 * port 0 both get the same one.
 */
int bind_open(const struct place *, const struct settings *, const struct bind_pool *,
    struct bound *ret_bound, struct text *message);

/* What is left to do for a socket that was only bound.  0 or -errno with one line in
 * `message`. */
int bind_listen(struct bound *, const struct settings *, const struct bind_pool *,
    struct text *message);

/* A duplicate of a socket that serves already; its path stays the first one's.  -EMFILE,
 * -ENFILE. */
int bind_share(const struct bound *, struct bound *ret_bound);

/* The settings of a socket that was shared are those of a new owner from now on.  0 or
 * -errno with one line in `message`; the socket serves all the same. */
int bind_adapt(const struct bound *, const struct settings *, struct text *message);

/* Removes the path of a Unix socket if it is still the one we made. */
void bind_remove(const struct bound *);

/* Is the path still the socket that was made there? */
bool bind_has_path(const struct bound *);
