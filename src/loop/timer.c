#include "timer.h"

#include <errno.h>
#include <sys/timerfd.h>

static int
timer_compare(const struct timer *a, const struct timer *b)
{
	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	if (a == b)
		return 0;
	return (uintptr_t)a < (uintptr_t)b ? -1 : 1;
}

TREE_GENERATE(timer_tree, timer, node, timer_compare)

static void
timers_set(struct timers *timers, msec due)
{
	struct itimerspec at = {
		.it_value = { .tv_sec = due / 1000, .tv_nsec = (due % 1000) * 1000000 },
	};

	/* Can only fail for a bad descriptor or time: neither can be. */
	bug_if(timerfd_settime(timers->fd, TFD_TIMER_ABSTIME, &at, NULL) < 0);
	timers->set_for = due;
}

static void
timers_on_ready(struct watch *watch, uint32_t events)
{
	struct timers *timers = container_of(watch, struct timers, watch);
	uint64_t expirations;

	(void)events;
	(void)!read(timers->fd, &expirations, sizeof(expirations));
	timers->set_for = 0;
	timers_run(timers, timers->loop->now);
}

int
timers_init(struct timers *timers, struct loop *loop)
{
	int rc;

	timers->loop = loop;
	timers->set_for = 0;
	RB_INIT(&timers->tree);
	timers->watch = (struct watch){ .ready = timers_on_ready, .fd = -1 };
	timers->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timers->fd < 0)
		return -errno;
	rc = loop_add(loop, &timers->watch, timers->fd, EPOLLIN);
	if (rc < 0)
		close_fd(&timers->fd);
	return rc;
}

void
timers_done(struct timers *timers)
{
	if (timers->fd < 0)
		return;
	loop_remove(timers->loop, &timers->watch);
	close_fd(&timers->fd);
}

void
timer_arm(struct timers *timers, struct timer *timer, msec due)
{
	timer_disarm(timers, timer);
	timer->due = due < 1 ? 1 : due;
	(void)RB_INSERT(timer_tree, &timers->tree, timer);
	if (timers->set_for == 0 || timer->due < timers->set_for)
		timers_set(timers, timer->due);
}

/* The timerfd stays set: at worst one wake-up for nothing, instead of a system call for
 * every session that ends before its deadline. */
void
timer_disarm(struct timers *timers, struct timer *timer)
{
	if (timer->due == 0)
		return;
	(void)RB_REMOVE(timer_tree, &timers->tree, timer);
	timer->due = 0;
}

void
timers_run(struct timers *timers, msec now)
{
	struct timer *first;

	while ((first = RB_MIN(timer_tree, &timers->tree)) != NULL && first->due <= now) {
		timer_disarm(timers, first);
		first->fire(first, now);
	}
	if (first != NULL && (timers->set_for == 0 || first->due < timers->set_for))
		timers_set(timers, first->due);
}
