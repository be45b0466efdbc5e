/*
 * dial -- connections to a server on this machine
 *
 * Opens non-blocking connections to one loopback address; any other address is refused,
 * so that the load client cannot be pointed at somebody else.  Source addresses take
 * turns: no run exhausts the ports of one of them, and a server can be shown as many
 * sources as one likes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

struct dial {
	struct sockaddr_in to;
	uint32_t first; /* source address, in host order */
	unsigned sources, turn;
};

/* 0, or -EINVAL (no such address or port) or -EPERM (not a loopback address).  Before
 * the first connection its sources are set, too. */
int dial_init(struct dial *, const char *host, const char *port);

/* Its sources: so many from the address `first` on.  -EINVAL, or -EPERM if not all of
 * them are loopback addresses. */
int dial_from(struct dial *, const char *first, unsigned sources);

/* A socket that is connected or about to be (*ret_connected tells), or -errno. */
int dial_open(struct dial *, bool *ret_connected);

/* 0 once the connection stands, else what went wrong as -errno. */
int dial_result(int fd);
