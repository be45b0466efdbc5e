#include "guests.h"

static void
guest_ready(struct watch *watch, uint32_t events)
{
	struct guest *guest = container_of(watch, struct guest, watch);

	guest->ready(events, guest->context);
}

void
guests_init(struct guests *guests, struct loop *loop)
{
	guests->loop = loop;
	for (int i = 0; i < GUESTS_MAX; i++)
		guests->pool[i].watch = (struct watch){ .ready = guest_ready, .fd = -1 };
}

static struct guest *
guest_of(struct guests *guests, int fd)
{
	for (int i = 0; i < GUESTS_MAX; i++)
		if (guests->pool[i].watch.fd == fd)
			return &guests->pool[i];
	return NULL;
}

int
guests_watch(
    struct guests *guests, int fd, uint32_t events, prong_ready_fn *ready, void *context)
{
	struct guest *guest = fd < 0 ? NULL : guest_of(guests, fd);
	bool is_new = guest == NULL;

	if (fd < 0)
		return -EBADF;
	if (is_new)
		guest = guest_of(guests, -1);
	if (guest == NULL)
		return -ENOSPC;
	guest->ready = ready;
	guest->context = context;
	if (is_new)
		return loop_add(guests->loop, &guest->watch, fd, events);
	return loop_change(guests->loop, &guest->watch, events);
}

void
guests_unwatch(struct guests *guests, int fd)
{
	struct guest *guest = fd < 0 ? NULL : guest_of(guests, fd);

	if (guest != NULL)
		loop_remove(guests->loop, &guest->watch);
}
