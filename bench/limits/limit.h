/*
 * limit -- what the limits share: a listening socket, and an echo with nothing around it
 *
 * The limits are the bare mechanisms a server is measured against: no options, no log,
 * no limits, no clean shutdown.  They listen on 127.0.0.1 only and end by a signal.
 */
#pragma once

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening socket on the loopback port written in `port`, or the end of the program.
 */
static inline int
limit_listen(const char *port)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(111, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0)
		err(111, "SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0)
		err(111, "bind 127.0.0.1:%s", port);
	if (listen(fd, 4096) < 0)
		err(111, "listen");
	return fd;
}

/* Sends back what comes until the peer's end or an error. */
static inline void
limit_echo(int fd, char *buffer, size_t size)
{
	ssize_t got;

	while ((got = read(fd, buffer, size)) > 0)
		for (ssize_t sent = 0, now; sent < got; sent += now)
			if ((now = write(fd, buffer + sent, (size_t)(got - sent))) <= 0)
				return;
}
