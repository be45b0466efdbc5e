#include "loop.h"

#include <errno.h>
#include <time.h>

/* Batches one turn may take: enough to reap thousands of children that end together,
 * bounded so that the host's own loop gets its turn. */
#define LOOP_BATCHES_PER_TURN 256

int
loop_init(struct loop *loop)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return -errno;
	loop->epoll_fd = fd;
	loop->next = loop->count = 0;
	(void)loop_update_now(loop);
	return 0;
}

void
loop_done(struct loop *loop)
{
	close_fd(&loop->epoll_fd);
}

int
loop_fd(const struct loop *loop)
{
	return loop->epoll_fd;
}

msec
loop_update_now(struct loop *loop)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	loop->now = (msec)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	return loop->now;
}

int
loop_add(struct loop *loop, struct watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	watch->fd = fd;
	return 0;
}

int
loop_change(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
		return -errno;
	return 0;
}

static void
forget(struct loop *loop, struct watch *watch)
{
	watch->fd = -1;
	for (int i = loop->next; i < loop->count; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

void
loop_move(struct loop *loop, struct watch *from, struct watch *to, uint32_t events)
{
	to->fd = from->fd;
	forget(loop, from);
	if (loop_change(loop, to, events) < 0)
		loop_remove(loop, to);
}

void
loop_remove(struct loop *loop, struct watch *watch)
{
	if (watch->fd < 0)
		return;
	/* The kernel has no reason to refuse it (epoll_ctl(2)), but a filter or a tracer
	 * may stand before it, and what stays in the set is the address of what is freed.
	 */
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) < 0)
		(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	forget(loop, watch);
}

static void
loop_dispatch(struct loop *loop)
{
	while (loop->next < loop->count) {
		struct epoll_event *event = &loop->batch[loop->next++];
		struct watch *watch = event->data.ptr;

		if (watch != NULL)
			watch->ready(watch, event->events);
	}
}

int
loop_turn(struct loop *loop, int timeout_ms)
{
	for (int i = 0; i < LOOP_BATCHES_PER_TURN; i++) {
		int n = epoll_wait(loop->epoll_fd, loop->batch, LOOP_BATCH, timeout_ms);

		(void)loop_update_now(loop);
		loop->wakeups++;
		if (n < 0)
			return errno == EINTR ? 0 : -errno;
		loop->next = 0;
		loop->count = n;
		loop_dispatch(loop);
		if (n < LOOP_BATCH)
			return 0;
		timeout_ms = 0;
	}
	return 0;
}
