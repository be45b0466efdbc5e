#include "bind.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>

#include "bind_unix.h"
#include "holder.h"

#define SAME_PORT_TRIES 16

static const int on = 1;

static int
bind_fail(struct text *message, const struct addr *addr, const struct settings *settings,
    int rc)
{
	text_put(message, "listen: cannot listen on ");
	addr_put(message, addr);
	text_printf(message, ": %s", strerror(-rc));
	if (rc == -ENODEV && settings->bind_device != NULL)
		text_printf(message, ": bind-device '%s' is no interface of this machine",
		    settings->bind_device);
	if (rc == -EADDRINUSE)
		holder_put(message, addr);
	else if (rc == -EACCES && addr_is_ip(addr) && addr_port(addr) < 1024)
		text_put(message, "; ports below 1024 need CAP_NET_BIND_SERVICE");
	else if (rc == -EADDRNOTAVAIL)
		text_put(message, "; no interface of this machine has that address");
	return rc;
}

/* Accepted sockets inherit these from the listener: no system call per connection. */
static int
socket_options(int fd, const struct settings *settings)
{
	int idle = (int)(settings->keepalive / 1000);
	const char *device = settings->bind_device;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (settings->no_delay &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		return -errno;
	if (idle > 0 &&
	    (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)) < 0))
		return -errno;
	if (device != NULL && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
				  (socklen_t)strlen(device)) < 0)
		return -errno;
	return 0;
}

static int
backlog_of(const struct settings *settings)
{
	return settings->backlog == 0 ? INT32_MAX : (int)settings->backlog;
}

static int
bound_finish(struct bound *bound, int fd)
{
	bound->addr.len = sizeof(bound->addr) - offsetof(struct addr, sa);
	if (getsockname(fd, &bound->addr.sa, &bound->addr.len) < 0)
		return -errno;
	bound->fd = fd;
	return 0;
}

/* TCP or vsock, one address. */
static int
bind_address(
    const struct addr *addr, const struct settings *settings, struct bound *bound)
{
	cleanup_(close_fd) int fd = -1;
	int rc, family = addr->sa.sa_family;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (family != AF_VSOCK && (rc = socket_options(fd, settings)) < 0)
		return rc;
	if (family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, &addr->sa, addr->len) < 0 || listen(fd, backlog_of(settings)) < 0)
		return -errno;
	rc = bound_finish(bound, fd);
	if (rc == 0)
		(void)take_fd(&fd);
	return rc;
}

static struct addr
addr_of(int family, bool is_loopback, uint16_t port)
{
	struct addr addr = { 0 };

	addr.sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		addr.len = sizeof(addr.in);
		addr.in.sin_addr.s_addr =
		    htonl(is_loopback ? INADDR_LOOPBACK : INADDR_ANY);
	} else {
		addr.len = sizeof(addr.in6);
		addr.in6.sin6_addr = is_loopback ? in6addr_loopback : in6addr_any;
	}
	addr_set_port(&addr, port);
	return addr;
}

/* No IPv6 at all, or none on the loopback. */
static bool
is_no_ipv6(int rc)
{
	return rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL || rc == -EPROTONOSUPPORT;
}

/* Both families on one port; *ret_failed is the address that could not be had. */
static int
bind_both_once(bool is_loopback, uint16_t port, const struct settings *settings,
    struct bound *bound, struct addr *ret_failed)
{
	struct addr v4 = addr_of(AF_INET, is_loopback, port);
	struct addr v6;
	int rc = bind_address(&v4, settings, &bound[0]);

	*ret_failed = v4;
	if (rc < 0)
		return rc;
	v6 = addr_of(AF_INET6, is_loopback, (uint16_t)addr_port(&bound[0].addr));
	rc = bind_address(&v6, settings, &bound[1]);
	if (rc == 0)
		return 2;
	if (is_no_ipv6(rc))
		return 1;
	*ret_failed = v6;
	close_fd(&bound[0].fd);
	return rc;
}

/* A free port of one family may be taken in the other: then another is tried. */
static int
bind_both(const struct place *place, const struct settings *settings, struct bound *bound,
    struct text *message)
{
	bool is_loopback = place->kind == PLACE_LOOPBACK;
	struct addr failed;
	int rc = -EADDRINUSE;

	for (int i = 0; i < SAME_PORT_TRIES && rc == -EADDRINUSE; i++) {
		rc = bind_both_once(is_loopback, place->port, settings, bound, &failed);
		if (place->port != 0)
			break;
	}
	return rc < 0 ? bind_fail(message, &failed, settings, rc) : rc;
}

static void
free_addresses(struct addrinfo **list)
{
	if (*list != NULL)
		freeaddrinfo(*list);
}

static int
bind_name(const struct place *place, const struct settings *settings, struct bound *bound,
    struct text *message)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	cleanup_(free_addresses) struct addrinfo *list = NULL;
	int count = 0, rc = getaddrinfo(place->name, NULL, &hints, &list);

	if (rc != 0) {
		text_printf(message, "listen: cannot resolve '%s': %s", place->name,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		return -ENOENT;
	}
	for (struct addrinfo *at = list; at != NULL && count < BOUND_PER_PLACE;
	     at = at->ai_next) {
		struct addr addr = { .len = at->ai_addrlen };

		memcpy(&addr.sa, at->ai_addr, at->ai_addrlen);
		addr_set_port(&addr, place->port);
		rc = bind_address(&addr, settings, &bound[count]);
		if (rc < 0) {
			while (count > 0)
				close_fd(&bound[--count].fd);
			return bind_fail(message, &addr, settings, rc);
		}
		count++;
	}
	return count;
}

static int
inherited_fail(struct text *message, int fd, const char *why)
{
	text_printf(message, "listen: descriptor %d %s", fd, why);
	return -EINVAL;
}

/* A duplicate: the number stays the one who passed it. */
static int
bind_inherited(int fd, struct bound *bound, struct text *message)
{
	int value = 0;
	socklen_t length = sizeof(value);
	cleanup_(close_fd) int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return inherited_fail(
		    message, fd, "is not open: nobody passed it to prong");
	if (getsockopt(copy, SOL_SOCKET, SO_TYPE, &value, &length) < 0)
		return inherited_fail(message, fd, "is not a socket");
	if (value != SOCK_STREAM)
		return inherited_fail(message, fd, "is not a stream socket");
	if (getsockopt(copy, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) < 0 ||
	    value == 0)
		return inherited_fail(message, fd, "is a socket that does not listen");
	if (bound_finish(bound, copy) < 0)
		return inherited_fail(message, fd, "has no address");
	/* Another process may share it; a blocking accept would stop us when it is
	 * faster. */
	(void)fcntl(copy, F_SETFL, fcntl(copy, F_GETFL) | O_NONBLOCK);
	(void)take_fd(&copy);
	return 1;
}

static int
bind_one(const struct addr *addr, const struct settings *settings, struct bound *bound,
    struct text *message)
{
	int rc;

	if (addr->sa.sa_family == AF_UNIX)
		return bind_unix(addr, settings, backlog_of(settings), bound, message);
	rc = bind_address(addr, settings, bound);
	return rc < 0 ? bind_fail(message, addr, settings, rc) : 1;
}

int
bind_open(const struct place *place, const struct settings *settings, struct bound *bound,
    struct text *message)
{
	for (int i = 0; i < BOUND_PER_PLACE; i++)
		bound[i] = (struct bound){ .fd = -1 };
	switch (place->kind) {
	case PLACE_ANY:
	case PLACE_LOOPBACK:
		return bind_both(place, settings, bound, message);
	case PLACE_ADDRESS:
		return bind_one(&place->addr, settings, bound, message);
	case PLACE_NAME:
		return bind_name(place, settings, bound, message);
	case PLACE_FD:
		return bind_inherited(place->fd, bound, message);
	}
	return -EINVAL;
}
