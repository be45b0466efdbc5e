/*
 * dial -- see dial.h
 */
#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
dial_is_loopback(uint32_t address)
{
	return address >> 24 == IN_LOOPBACKNET;
}

int
dial_init(struct dial *dial, const char *host, const char *port)
{
	char *end;
	unsigned long number = strtoul(port, &end, 10);

	*dial = (struct dial){ .to.sin_family = AF_INET };
	if (inet_pton(AF_INET, host, &dial->to.sin_addr) != 1)
		return -EINVAL;
	if (*port == '\0' || *end != '\0' || number < 1 || number > 65535)
		return -EINVAL;
	if (!dial_is_loopback(ntohl(dial->to.sin_addr.s_addr)))
		return -EPERM;
	dial->to.sin_port = htons((uint16_t)number);
	return 0;
}

int
dial_from(struct dial *dial, const char *first, unsigned sources)
{
	struct in_addr address;

	if (inet_pton(AF_INET, first, &address) != 1)
		return -EINVAL;
	dial->first = ntohl(address.s_addr);
	dial->sources = sources;
	if (!dial_is_loopback(dial->first) ||
	    !dial_is_loopback(dial->first + sources - 1))
		return -EPERM;
	return 0;
}

/* The port is chosen by connect, for the whole four-tuple: bind alone would run out. */
static int
dial_bind_source(struct dial *dial, int fd)
{
	struct sockaddr_in from = { .sin_family = AF_INET };

	from.sin_addr.s_addr = htonl(dial->first + dial->turn);
	dial->turn = (dial->turn + 1) % dial->sources;
	if (setsockopt(
		fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){ 1 }, sizeof(int)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		return -errno;
	return 0;
}

int
dial_open(struct dial *dial, bool *ret_connected)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = dial_bind_source(dial, fd);
	if (error == 0 && connect(fd, (struct sockaddr *)&dial->to, sizeof(dial->to)) < 0)
		error = -errno;
	if (error < 0 && error != -EINPROGRESS) {
		(void)close(fd);
		return error;
	}

	*ret_connected = error == 0;
	return fd;
}

int
dial_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return -error;
}
