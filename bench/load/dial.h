/*
 * dial -- connections to a server on this machine
 *
 * Opens non-blocking connections to one loopback address; any other address is refused,
 * so that the load client cannot be pointed at somebody else.  Source addresses take
 * turns in 127.0.1.0/24: no run exhausts the ports of one of them.
 */
#pragma once

#include <stdbool.h>
#include <netinet/in.h>

struct dial {
	struct sockaddr_in to;
	unsigned turn;
};

/* 0, or -EINVAL (no such address or port) or -EPERM (not a loopback address). */
int dial_init(struct dial *, const char *host, const char *port);

/* A socket that is connected or about to be (*ret_connected tells), or -errno. */
int dial_open(struct dial *, bool *ret_connected);

/* 0 once the connection stands, else what went wrong as -errno. */
int dial_result(int fd);
