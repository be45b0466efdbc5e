/*
 * message -- one message of a SOCK_SEQPACKET pair, with descriptors
 */
#pragma once

#include <stddef.h>

#include "sys.h"

/* As socket.h has them, on every 64-bit Linux. */
enum {
	MESSAGE_SOL_SOCKET = 1,
	MESSAGE_SCM_RIGHTS = 1,
	MESSAGE_CMSG_CLOEXEC = 0x40000000,
};

struct message_span {
	void *at;
	size_t size;
};

struct message_control {
	size_t length;
	int level, type;
	int fds[2];
};

struct message_header {
	void *name;
	int name_length;
	struct message_span *spans;
	size_t span_count;
	void *control;
	size_t control_length;
	int flags;
};

static inline __attribute__((always_inline)) void
message_fds(const struct message_header *header, const struct message_control *control,
    int fds[2])
{
	size_t head = offsetof(struct message_control, fds);

	fds[0] = fds[1] = -1;
	if (header->control_length < head + sizeof(int) ||
	    control->level != MESSAGE_SOL_SOCKET || control->type != MESSAGE_SCM_RIGHTS)
		return;
	fds[0] = control->fds[0];
	if (control->length >= head + 2 * sizeof(int))
		fds[1] = control->fds[1];
}

/* What message_receive() does, for code that may call nothing (parasite.c). */
static inline __attribute__((always_inline)) long
message_receive_here(int fd, void *bytes, size_t size, int fds[2])
{
	struct message_span span = { bytes, size };
	struct message_control control;
	struct message_header header;
	long got;

	/* One by one: for a whole struct the compiler may call memset(). */
	header.name = NULL;
	header.name_length = 0;
	header.spans = &span;
	header.span_count = 1;
	header.control = &control;
	header.control_length = sizeof(control);
	header.flags = 0;
	got = sys_call3(__NR_recvmsg, fd, (long)&header, MESSAGE_CMSG_CLOEXEC);
	if (got < 0)
		header.control_length = 0; /* the kernel leaves it */
	message_fds(&header, &control, fds);
	return got;
}

/* Waits for one.  Its length, 0 when the other end is closed, or a negative errno;
 * fds: what came with it, -1 where nothing did; close-on-exec. */
long message_receive(int fd, void *bytes, size_t size, int fds[2]);
