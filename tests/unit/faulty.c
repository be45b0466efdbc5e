#include "faulty.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"

/* A child calls them on a stack that the sanitizer does not know, and what was passed to
 * a function of any number of arguments it cannot know either. */
#define PLAIN __attribute__((no_sanitize("address", "undefined")))

struct fault fault;

static PLAIN bool
fails(enum call call)
{
	if (!fault.is_armed || call != fault.call || getpid() != fault.owner ||
	    --fault.left > 0)
		return false;
	fault.is_armed = false;
	fault.has_failed = true;
	errno = fault.error;
	return true;
}

#define WRAP(result, name, call, parameters, arguments)                                  \
	result __real_##name parameters;                                                 \
	result __wrap_##name parameters;                                                 \
	PLAIN result __wrap_##name parameters                                            \
	{                                                                                \
		return fails(call) ? -1 : __real_##name arguments;                       \
	}

WRAP(ssize_t, sendmsg, CALL_SENDMSG, (int fd, const struct msghdr *message, int flags),
    (fd, message, flags))
WRAP(ssize_t, send, CALL_SEND, (int fd, const void *bytes, size_t size, int flags),
    (fd, bytes, size, flags))
WRAP(ssize_t, recv, CALL_RECV, (int fd, void *bytes, size_t size, int flags),
    (fd, bytes, size, flags))
WRAP(int, socketpair, CALL_SOCKETPAIR, (int family, int type, int protocol, int fds[2]),
    (family, type, protocol, fds))
WRAP(int, pipe2, CALL_PIPE2, (int fds[2], int flags), (fds, flags))
WRAP(int, dup3, CALL_DUP3, (int from, int to, int flags), (from, to, flags))
WRAP(pid_t, fork, CALL_FORK, (void), ())
WRAP(int, prlimit64, CALL_PRLIMIT,
    (pid_t pid, int what, const struct rlimit *limit, struct rlimit *old),
    (pid, what, limit, old))

/* To take something out cannot fail. */
int __real_epoll_ctl(int set, int what, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int set, int what, int fd, struct epoll_event *event);
PLAIN int
__wrap_epoll_ctl(int set, int what, int fd, struct epoll_event *event)
{
	if (what != EPOLL_CTL_DEL && fails(CALL_EPOLL_CTL))
		return -1;
	return __real_epoll_ctl(set, what, fd, event);
}

int __wrap_fcntl64(int fd, int what, ...);
PLAIN int
__wrap_fcntl64(int fd, int what, ...)
{
	va_list rest;
	long argument;

	va_start(rest, what);
	argument = va_arg(rest, long);
	va_end(rest);
	return fails(CALL_FCNTL) ? -1 : __real_fcntl64(fd, what, argument);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
PLAIN long
__wrap_syscall(long number, ...)
{
	va_list rest;
	long a[6];

	va_start(rest, number);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(rest, long);
	va_end(rest);
	if (number == SYS_pidfd_open && fails(CALL_PIDFD_OPEN)) {
		errno = fault.error;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
