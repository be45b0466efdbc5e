/*
 * faulty -- system calls that fail when a test says so
 *
 * For -Wl,--wrap (meson.build): one of the calls of this process fails, the nth from now.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum call {
	CALL_EPOLL_CTL,
	CALL_SENDMSG,
	CALL_SEND,
	CALL_RECV,
	CALL_SOCKETPAIR,
	CALL_PIPE2,
	CALL_FCNTL,
	CALL_PRLIMIT,
	CALL_PIDFD_OPEN,
	CALL_DUP3,
	CALL_FORK,
};

struct fault {
	bool is_armed;
	enum call call;
	int error;
	uint32_t nth, left; /* until it fails */
	bool has_failed;
	pid_t owner;
};

extern struct fault fault;

/* What is behind the call that may fail. */
int __real_fcntl64(int fd, int what, ...);
