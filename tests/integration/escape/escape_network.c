/* The network: connecting, listening, and sockets of other kinds. */
#include "escape.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct sockaddr_in
loopback4(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int
connect_to(const void *to, size_t length, int protocol)
{
	const struct sockaddr *address = to;
	int rc, fd = socket(address->sa_family, SOCK_STREAM, protocol);

	if (fd < 0)
		return -errno;
	rc = outcome(connect(fd, address, (socklen_t)length));
	(void)close(fd);
	return rc;
}

static int
try_tcp4(const char *port)
{
	struct sockaddr_in to = loopback4(port);

	return connect_to(&to, sizeof(to), 0);
}

/* The same to everybody else on the wire, and something else to a rule about TCP. */
static int
try_mptcp(const char *port)
{
	struct sockaddr_in to = loopback4(port);

	return connect_to(&to, sizeof(to), IPPROTO_MPTCP);
}

static int
try_tcp6(const char *port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)number(port)),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };

	return connect_to(&to, sizeof(to), 0);
}

static int
send_to4(const char *port, int type, int flags)
{
	struct sockaddr_in to = loopback4(port);
	int rc, fd = socket(AF_INET, type, 0);

	if (fd < 0)
		return -errno;
	rc = outcome(
	    sendto(fd, "x", 1, flags | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to)));
	(void)close(fd);
	return rc;
}

/* TCP Fast Open: connects by sending. */
static int
try_tcp4_by_sending(const char *port)
{
	return send_to4(port, SOCK_STREAM, MSG_FASTOPEN);
}

/* Whether it came is for the test to say. */
static int
try_udp(const char *port)
{
	return send_to4(port, SOCK_DGRAM, 0);
}

static int
try_unix_path(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	(void)strncpy(to.sun_path, path, sizeof(to.sun_path) - 1);
	return connect_to(&to, sizeof(to), 0);
}

/* By one end of a pair, which no socket(2) was needed for. */
static int
try_unix_by_pair(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int ends[2], rc;

	(void)strncpy(to.sun_path, path, sizeof(to.sun_path) - 1);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0)
		return -errno;
	rc = outcome(
	    sendto(ends[0], "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to)));
	(void)close(ends[0]);
	(void)close(ends[1]);
	return rc;
}

static size_t
name_abstract(struct sockaddr_un *to, const char *name)
{
	to->sun_family = AF_UNIX;
	to->sun_path[0] = '\0';
	(void)strncpy(to->sun_path + 1, name, sizeof(to->sun_path) - 2);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

static int
try_abstract(const char *name)
{
	struct sockaddr_un to = { 0 };
	size_t length = name_abstract(&to, name);

	return connect_to(&to, length, 0);
}

/* For another session to find; open until this one ends. */
static int
try_make_abstract(const char *name)
{
	struct sockaddr_un to = { 0 };
	size_t length = name_abstract(&to, name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&to, (socklen_t)length) < 0)
		return -errno;
	return outcome(listen(fd, 8));
}

/* On all addresses, and open until the session ends. */
static int
try_listen(const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return outcome(listen(fd, 8));
}

/* Without bind(2) the kernel chooses a port. */
static int
try_listen_unbound(const char *unused)
{
	int rc, fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)unused;
	if (fd < 0)
		return -errno;
	rc = outcome(listen(fd, 8));
	(void)close(fd);
	return rc;
}

/* The client's own socket, which belongs to the network that prong listens on: given up,
 * and connected to somebody else, who gets the answer then. */
static int
try_reconnect(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	ignore(SIGTERM); /* the hang-up is noticed */
	if (connect(0, &nobody, sizeof(nobody)) < 0)
		return -errno;
	return outcome(connect(0, (struct sockaddr *)&to, sizeof(to)));
}

static int
try_raw(const char *unused)
{
	(void)unused;
	return outcome_fd(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int
try_packet(const char *unused)
{
	(void)unused;
	return outcome_fd(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
try_netlink(const char *unused)
{
	(void)unused;
	return outcome_fd(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

static int
try_alg(const char *unused)
{
	(void)unused;
	return outcome_fd(socket(AF_ALG, SOCK_SEQPACKET, 0));
}

static int
try_vsock(const char *unused)
{
	(void)unused;
	return outcome_fd(socket(AF_VSOCK, SOCK_STREAM, 0));
}

const struct attempt escape_network[] = {
	{ "tcp4", try_tcp4 },
	{ "tcp6", try_tcp6 },
	{ "mptcp", try_mptcp },
	{ "tcp4-by-sending", try_tcp4_by_sending },
	{ "udp", try_udp },
	{ "unix-path", try_unix_path },
	{ "unix-by-pair", try_unix_by_pair },
	{ "reconnect", try_reconnect },
	{ "abstract", try_abstract },
	{ "make-abstract", try_make_abstract },
	{ "listen", try_listen },
	{ "listen-unbound", try_listen_unbound },
	{ "raw", try_raw },
	{ "packet", try_packet },
	{ "netlink", try_netlink },
	{ "alg", try_alg },
	{ "vsock", try_vsock },
	{ NULL, NULL },
};
