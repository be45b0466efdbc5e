#include "touch.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>

/* Which arguments are descriptors. */
#define ARG(number) (1U << (number))

/* What else decides, beside the number of the call. */
enum rule {
	ALWAYS,
	IF_FCNTL_ASKS,
	IF_IOCTL_ASKS,
	IF_SECCOMP_FILTERS,
	IF_PRCTL_FILTERS,
	IF_OTHER_FD, /* dup2: the first argument is not the second */
	IF_RANGE_CLOSES,
	IF_FIRST, /* the first argument is not 0 */
	IF_SECOND,
};

static const struct row {
	uint16_t number;
	uint8_t kind; /* enum touch_kind */
	uint8_t fds;
	uint8_t rule; /* enum rule */
	const char *name;
} rows[] = {
#define ROW(call, kind, fds, rule)                                                       \
	{                                                                                \
		__NR_##call, kind, fds, rule, #call                                      \
	}
#define USES(call, fds) ROW(call, TOUCH_FDS, fds, ALWAYS)
	USES(read, ARG(0)),
	USES(write, ARG(0)),
	USES(readv, ARG(0)),
	USES(writev, ARG(0)),
	USES(pread64, ARG(0)),
	USES(pwrite64, ARG(0)),
	USES(preadv, ARG(0)),
	USES(pwritev, ARG(0)),
	USES(preadv2, ARG(0)),
	USES(pwritev2, ARG(0)),
	USES(recvfrom, ARG(0)),
	USES(recvmsg, ARG(0)),
	USES(recvmmsg, ARG(0)),
	USES(sendto, ARG(0)),
	USES(sendmsg, ARG(0)),
	USES(sendmmsg, ARG(0)),
	USES(getpeername, ARG(0)),
	USES(getsockname, ARG(0)),
	USES(getsockopt, ARG(0)),
	USES(setsockopt, ARG(0)),
	USES(shutdown, ARG(0)),
	USES(accept, ARG(0)),
	USES(accept4, ARG(0)),
	USES(connect, ARG(0)),
	USES(bind, ARG(0)),
	USES(listen, ARG(0)),
	USES(sendfile, ARG(0) | ARG(1)),
	USES(splice, ARG(0) | ARG(2)),
	USES(copy_file_range, ARG(0) | ARG(2)),
	USES(tee, ARG(0) | ARG(1)),
	USES(vmsplice, ARG(0)),
	USES(epoll_ctl, ARG(2)),
	ROW(fcntl, TOUCH_FDS, ARG(0), IF_FCNTL_ASKS),
	ROW(ioctl, TOUCH_FDS, ARG(0), IF_IOCTL_ASKS),
	ROW(ppoll, TOUCH_POLL, 0, ALWAYS),
	ROW(pselect6, TOUCH_SELECT, 0, ALWAYS),
	ROW(io_uring_setup, TOUCH_RING, 0, ALWAYS),
	ROW(seccomp, TOUCH_FILTER, 0, IF_SECCOMP_FILTERS),
	ROW(prctl, TOUCH_FILTER, 0, IF_PRCTL_FILTERS),
	ROW(close, TOUCH_CLOSE, ARG(0), ALWAYS),
	ROW(close_range, TOUCH_CLOSE, 0, IF_RANGE_CLOSES),
	ROW(dup3, TOUCH_CLOSE, ARG(1), IF_OTHER_FD),
	ROW(execve, TOUCH_EXEC, 0, ALWAYS),
	ROW(execveat, TOUCH_EXEC, 0, ALWAYS),
	ROW(setitimer, TOUCH_TIMER, 0, IF_SECOND),
	ROW(timer_create, TOUCH_TIMER, 0, ALWAYS),
#ifdef __NR_poll
	ROW(poll, TOUCH_POLL, 0, ALWAYS),
#endif
#ifdef __NR_select
	ROW(select, TOUCH_SELECT, 0, ALWAYS),
#endif
#ifdef __NR_dup2
	ROW(dup2, TOUCH_CLOSE, ARG(1), IF_OTHER_FD),
#endif
#ifdef __NR_alarm
	ROW(alarm, TOUCH_TIMER, 0, IF_FIRST),
#endif
};

/* What a descriptor itself is asked, or its place in the table: a socket of whatever kind
 * says the same. */
static bool
is_fcntl_plain(int command)
{
	return command == F_GETFD || command == F_SETFD || command == F_GETFL ||
	       command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* "Are you a terminal?" */
static bool
is_ioctl_plain(uint32_t request)
{
	return request == TCGETS || request == TCGETS2 || request == TIOCGWINSZ ||
	       request == TIOCGPGRP || request == FIOCLEX || request == FIONCLEX;
}

static bool
applies(enum rule rule, const uint64_t args[6])
{
	switch (rule) {
	case ALWAYS:
		break;
	case IF_FCNTL_ASKS:
		return !is_fcntl_plain((int)args[1]);
	case IF_IOCTL_ASKS:
		return !is_ioctl_plain((uint32_t)args[1]);
	case IF_SECCOMP_FILTERS:
		return (uint32_t)args[0] == SECCOMP_SET_MODE_STRICT ||
		       (uint32_t)args[0] == SECCOMP_SET_MODE_FILTER;
	case IF_PRCTL_FILTERS:
		return (int)args[0] == PR_SET_SECCOMP;
	case IF_OTHER_FD:
		return (int)args[0] != (int)args[1];
	case IF_RANGE_CLOSES:
		return !(args[2] & CLOSE_RANGE_CLOEXEC);
	case IF_FIRST:
		return (uint32_t)args[0] != 0;
	case IF_SECOND:
		return args[1] != 0;
	}
	return true;
}

static void
take_fds(const struct row *row, const uint64_t args[6], struct touch *ret)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < 6 && count < 2; i++)
		if (row->fds & ARG(i))
			ret->fds[count++] = (int)args[i];
}

static void
take_addresses(const uint64_t args[6], struct touch *ret)
{
	if (ret->kind == TOUCH_POLL) {
		ret->at[0] = args[0];
		ret->count = (uint32_t)args[1];
		return;
	}
	if (ret->kind != TOUCH_SELECT || (int)args[0] <= 0)
		return;
	ret->count = (uint32_t)args[0];
	for (uint32_t i = 0; i < 3; i++)
		ret->at[i] = args[1 + i];
}

void
touch_look(const struct touch_call *call, struct touch *ret)
{
	*ret = (struct touch){ .kind = TOUCH_NOTHING, .name = "", .fds = { -1, -1 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		if (row->number != call->number)
			continue;
		ret->name = row->name;
		if (!applies((enum rule)row->rule, call->args))
			return;
		ret->kind = (enum touch_kind)row->kind;
		take_fds(row, call->args, ret);
		take_addresses(call->args, ret);
		return;
	}
}

int
touch_polled(const struct pollfd *polls, uint32_t count, uint32_t *at)
{
	while (*at < count) {
		const struct pollfd *poll = &polls[(*at)++];

		if (poll->fd >= 0 && poll->events != 0)
			return poll->fd;
	}
	return -1;
}

int
touch_selected(const uint8_t *set, uint32_t count, uint32_t *at)
{
	while (*at < count) {
		uint32_t fd = (*at)++;

		if (set[fd / 8] >> (fd % 8) & 1)
			return (int)fd;
	}
	return -1;
}
