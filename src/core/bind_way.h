/*
 * bind_way -- one socket of ours in the way of another
 *
 * 0.0.0.0 is to become 127.0.0.1: neither is the other, so both are open for a moment.
 * For that moment sockets of one user may share a port if both say so.
 */
#pragma once

#include "bind.h"

/* For `fd`, which is to have `addr`, an IP address; close takes it back. */
void bind_way_open(const struct bind_pool *, int fd, const struct addr *addr);
void bind_way_close(const struct bind_pool *, int fd, const struct addr *addr);
