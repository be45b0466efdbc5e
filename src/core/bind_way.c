#include "bind_way.h"

static void
share_port(const struct bind_pool *pool, int fd, const struct addr *addr, int is_on)
{
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &is_on, sizeof(is_on));
	for (size_t i = 0; i < pool->count; i++) {
		const struct bound *bound = &pool->bounds[i];

		/* What others made is theirs to set. */
		if (!bound->is_inherited && addr_is_ip(&bound->addr) &&
		    addr_port(&bound->addr) == addr_port(addr))
			(void)setsockopt(
			    bound->fd, SOL_SOCKET, SO_REUSEPORT, &is_on, sizeof(is_on));
	}
}

void
bind_way_open(const struct bind_pool *pool, int fd, const struct addr *addr)
{
	share_port(pool, fd, addr, 1);
}

void
bind_way_close(const struct bind_pool *pool, int fd, const struct addr *addr)
{
	share_port(pool, fd, addr, 0);
}
