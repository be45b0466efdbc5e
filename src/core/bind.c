#include "bind.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>

#include "bind_unix.h"
#include "bind_way.h"
#include "holder.h"

#define SAME_PORT_TRIES 16

static const int on = 1;

/* What all addresses of one place have in common. */
struct bind_job {
	const struct settings *settings;
	const struct bind_pool *pool;
	struct text *message;
};

static int
bind_fail(const struct bind_job *job, const struct addr *addr, int rc)
{
	const struct settings *settings = job->settings;
	struct text *message = job->message;

	text_put(message, "listen: cannot listen on ");
	addr_put(message, addr);
	text_printf(message, ": %s", text_errno(-rc));
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

/* The one of ours that has that address; a path that is no longer ours counts as gone. */
static const struct bound *
pool_find(const struct bind_pool *pool, const struct addr *addr)
{
	for (size_t i = 0; i < pool->count; i++) {
		const struct bound *bound = &pool->bounds[i];

		if (bound->fd >= 0 && addr_equal(&bound->addr, addr) &&
		    (!bound->has_path || bind_has_path(bound)))
			return bound;
	}
	return NULL;
}

static int
bind_only(int fd, const struct addr *addr, const struct bind_job *job)
{
	const struct bind_pool *pool = job->pool;
	int rc = bind(fd, &addr->sa, addr->len) < 0 ? -errno : 0;

	if (rc != -EADDRINUSE || !addr_is_ip(addr) || pool->count == 0)
		return rc;
	bind_way_open(pool, fd, addr);
	rc = bind(fd, &addr->sa, addr->len) < 0 ? -errno : 0;
	bind_way_close(pool, fd, addr);
	return rc;
}

static int
listen_beside(int fd, const struct addr *addr, int backlog, const struct bind_pool *pool)
{
	int rc = listen(fd, backlog) < 0 ? -errno : 0;

	if (rc != -EADDRINUSE || !addr_is_ip(addr) || pool->count == 0)
		return rc;
	bind_way_open(pool, fd, addr);
	rc = listen(fd, backlog) < 0 ? -errno : 0;
	bind_way_close(pool, fd, addr);
	return rc;
}

int
bind_listen(struct bound *bound, const struct settings *settings,
    const struct bind_pool *pool, struct text *message)
{
	const struct bind_job job = { settings, pool, message };
	int rc;

	if (!bound->must_listen)
		return 0;
	rc = listen_beside(bound->fd, &bound->addr, backlog_of(settings), pool);
	if (rc < 0)
		return bind_fail(&job, &bound->addr, rc);
	bound->must_listen = false;
	return 0;
}

/* TCP or vsock, one address. */
static int
bind_address(const struct addr *addr, const struct bind_job *job, struct bound *bound)
{
	const struct bound *ours = pool_find(job->pool, addr);
	cleanup_(close_fd) int fd = -1;
	int rc, family = addr->sa.sa_family;

	if (ours != NULL)
		return bind_share(ours, bound);
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (family != AF_VSOCK && (rc = socket_options(fd, job->settings)) < 0)
		return rc;
	if (family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -errno;
	rc = bind_only(fd, addr, job);
	if (rc == 0 && job->pool->count == 0)
		rc = listen_beside(fd, addr, backlog_of(job->settings), job->pool);
	if (rc == 0)
		rc = bound_finish(bound, fd);
	bound->must_listen = job->pool->count > 0;
	if (rc == 0)
		(void)take_fd(&fd);
	return rc;
}

int
bind_share(const struct bound *ours, struct bound *bound)
{
	int fd = fcntl(ours->fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return -errno;
	*bound = *ours;
	bound->fd = fd;
	bound->is_shared = true;
	bound->has_path = false;
	return 0;
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
bind_both_once(bool is_loopback, uint16_t port, const struct bind_job *job,
    struct bound *bound, struct addr *ret_failed)
{
	struct addr v4 = addr_of(AF_INET, is_loopback, port);
	struct addr v6;
	int rc = bind_address(&v4, job, &bound[0]);

	*ret_failed = v4;
	if (rc < 0)
		return rc;
	v6 = addr_of(AF_INET6, is_loopback, (uint16_t)addr_port(&bound[0].addr));
	rc = bind_address(&v6, job, &bound[1]);
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
bind_both(const struct place *place, const struct bind_job *job, struct bound *bound)
{
	bool is_loopback = place->kind == PLACE_LOOPBACK;
	struct addr failed;
	int rc = -EADDRINUSE;

	for (int i = 0; i < SAME_PORT_TRIES && rc == -EADDRINUSE; i++) {
		rc = bind_both_once(is_loopback, place->port, job, bound, &failed);
		if (place->port != 0)
			break;
	}
	return rc < 0 ? bind_fail(job, &failed, rc) : rc;
}

static void
free_addresses(struct addrinfo **list)
{
	if (*list != NULL)
		freeaddrinfo(*list);
}

/* Not by gai_strerror(3), which speaks the host's language. */
static const char *
name_error(int rc)
{
	if (rc == EAI_NONAME || rc == EAI_NODATA || rc == EAI_ADDRFAMILY)
		return "Name or service not known";
	return rc == EAI_SYSTEM ? text_errno(errno) : "Failure in name resolution";
}

static int
bind_name(const struct place *place, const struct bind_job *job, struct bound *bound)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	cleanup_(free_addresses) struct addrinfo *list = NULL;
	int count = 0, rc = getaddrinfo(place->name, NULL, &hints, &list);

	if (rc != 0) {
		text_printf(job->message, "listen: cannot resolve '%s': %s", place->name,
		    name_error(rc));
		return -ENOENT;
	}
	for (struct addrinfo *at = list; at != NULL && count < BOUND_PER_PLACE;
	     at = at->ai_next) {
		struct addr addr = { .len = at->ai_addrlen };

		memcpy(&addr.sa, at->ai_addr, at->ai_addrlen);
		addr_set_port(&addr, place->port);
		rc = bind_address(&addr, job, &bound[count]);
		if (rc < 0) {
			while (count > 0)
				close_fd(&bound[--count].fd);
			return bind_fail(job, &addr, rc);
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
		return inherited_fail(message, fd,
		    errno == EBADF ? "is not open: nobody passed it to prong"
				   : "has no duplicate: raise RLIMIT_NOFILE");
	if (getsockopt(copy, SOL_SOCKET, SO_TYPE, &value, &length) < 0)
		return inherited_fail(message, fd, "is not a socket");
	if (value != SOCK_STREAM)
		return inherited_fail(message, fd, "is not a stream socket");
	if (getsockopt(copy, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) < 0 ||
	    value == 0)
		return inherited_fail(message, fd, "is a socket that does not listen");
	if (bound_finish(bound, copy) < 0)
		return inherited_fail(message, fd, "has no address");
	bound->is_inherited = true;
	/* Another process may share it; a blocking accept would stop us when it is
	 * faster. */
	(void)fcntl(copy, F_SETFL, fcntl(copy, F_GETFL) | O_NONBLOCK);
	(void)take_fd(&copy);
	return 1;
}

static int
bind_one(const struct addr *addr, const struct bind_job *job, struct bound *bound)
{
	const struct bound *ours;
	int rc;

	if (addr->sa.sa_family == AF_UNIX) {
		ours = pool_find(job->pool, addr);
		rc = ours != NULL ? bind_share(ours, bound)
				  : bind_unix(addr, job->settings,
					backlog_of(job->settings), bound, job->message);
		return rc < 0 ? rc : 1;
	}
	rc = bind_address(addr, job, bound);
	return rc < 0 ? bind_fail(job, addr, rc) : 1;
}

int
bind_open(const struct place *place, const struct settings *settings,
    const struct bind_pool *pool, struct bound *bound, struct text *message)
{
	const struct bind_job job = { settings, pool, message };

	for (int i = 0; i < BOUND_PER_PLACE; i++)
		bound[i] = (struct bound){ .fd = -1 };
	switch (place->kind) {
	case PLACE_ANY:
	case PLACE_LOOPBACK:
		return bind_both(place, &job, bound);
	case PLACE_ADDRESS:
		return bind_one(&place->addr, &job, bound);
	case PLACE_NAME:
		return bind_name(place, &job, bound);
	case PLACE_FD:
		return bind_inherited(place->fd, bound, message);
	}
	return -EINVAL;
}

static int
adapt_tcp(int fd, const struct settings *settings)
{
	int no_delay = settings->no_delay, keepalive = settings->keepalive > 0;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &keepalive, sizeof(keepalive)) < 0)
		return -errno;
	if (settings->bind_device == NULL)
		(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0);
	return socket_options(fd, settings);
}

/* listen(2) again only changes the length of the queue. */
int
bind_adapt(
    const struct bound *bound, const struct settings *settings, struct text *message)
{
	int rc = 0;

	if (bound->is_inherited)
		return 0;
	if (bound->has_path && (rc = bind_unix_adapt(bound, settings, message)) < 0)
		return rc;
	if (addr_is_ip(&bound->addr))
		rc = adapt_tcp(bound->fd, settings);
	if (rc == 0 && listen(bound->fd, backlog_of(settings)) < 0)
		rc = -errno;
	if (rc < 0) {
		text_put(message, "listen: cannot change ");
		addr_put(message, &bound->addr);
		text_printf(message, " as asked: %s", text_errno(-rc));
	}
	return rc;
}
