#include "bind_way.h"

static const int on = 1, off = 0;

void
bind_way_open(const struct bind_pool *pool, int fd, const struct addr *addr)
{
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	for (size_t i = 0; i < pool->count; i++)
		if (addr_is_ip(&pool->bounds[i].addr) &&
		    addr_port(&pool->bounds[i].addr) == addr_port(addr))
			(void)setsockopt(pool->bounds[i].fd, SOL_SOCKET, SO_REUSEPORT,
			    &on, sizeof(on));
}

void
bind_way_close(const struct bind_pool *pool, int fd, const struct addr *addr)
{
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &off, sizeof(off));
	for (size_t i = 0; i < pool->count; i++)
		if (addr_is_ip(&pool->bounds[i].addr) &&
		    addr_port(&pool->bounds[i].addr) == addr_port(addr))
			(void)setsockopt(pool->bounds[i].fd, SOL_SOCKET, SO_REUSEPORT,
			    &off, sizeof(off));
}
