/*
 * bind_unix -- a Unix socket at a path, or in the abstract space
 *
 * A socket that nobody listens on any more is replaced; one that is in use, or anything
 * else at that path, never.
 */
#pragma once

#include "bind.h"

/* 1, or -errno with one line in `message`. */
int bind_unix(const struct addr *, const struct settings *, int backlog,
    struct bound *ret_bound, struct text *message);

/* Owner and permissions of a path that serves already.  0, or -errno with one line in
 * `message`. */
int bind_unix_adapt(const struct bound *, const struct settings *, struct text *message);
