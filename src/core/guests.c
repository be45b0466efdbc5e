#include "guests.h"

#include "text.h"

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
		guests->pool[i] =
		    (struct guest){ .watch = { .ready = guest_ready, .fd = -1 },
			    .fd = -1 };
}

static struct guest *
guest_of(struct guests *guests, int fd)
{
	for (int i = 0; i < GUESTS_MAX; i++)
		if (guests->pool[i].fd == fd)
			return &guests->pool[i];
	return NULL;
}

/* Waiting for nothing means not to be in the epoll set: HUP and ERR are told always. */
static int
guest_set(struct loop *loop, struct guest *guest, int fd, uint32_t events)
{
	if (events == 0) {
		loop_remove(loop, &guest->watch);
		return 0;
	}
	if (guest->watch.fd >= 0)
		return loop_change(loop, &guest->watch, events);
	return loop_add(loop, &guest->watch, fd, events);
}

int
guests_watch(
    struct guests *guests, int fd, uint32_t events, prong_ready_fn *ready, void *context)
{
	struct guest *guest;
	int rc;

	if (fd < 0)
		return -EBADF;
	guest = guest_of(guests, fd);
	if (guest == NULL)
		guest = guest_of(guests, -1);
	if (guest == NULL)
		return -ENOSPC;
	guest->ready = ready;
	guest->context = context;
	rc = guest_set(guests->loop, guest, fd, events);
	if (rc == 0)
		guest->fd = fd;
	return rc;
}

const char *
guests_why(int rc)
{
	switch (rc) {
	case -EBADF:
		return "it is not open; prong_unwatch() comes before close()";
	case -ENOENT:
		return "it was closed and opened again; prong_unwatch() comes before "
		       "close()";
	case -EPERM:
		return "it is of a kind that cannot be waited for, such as a regular file";
	case -ENOSPC:
		return "64 are watched already, or fs.epoll.max_user_watches is reached; "
		       "prong_unwatch() those that are not needed";
	default:
		return text_errno(-rc);
	}
}

void
guests_unwatch(struct guests *guests, int fd)
{
	struct guest *guest = fd < 0 ? NULL : guest_of(guests, fd);

	if (guest == NULL)
		return;
	loop_remove(guests->loop, &guest->watch);
	guest->fd = -1;
}

void
guests_done(struct guests *guests)
{
	for (int i = 0; i < GUESTS_MAX; i++)
		guests_unwatch(guests, guests->pool[i].fd);
}
