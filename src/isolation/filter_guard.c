/*
 * Calls that depend on their arguments, and those that are missing.
 */
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "filter_writer.h"

#ifndef TIOCLINUX
#define TIOCLINUX 0x541c
#endif

/* CLONE_NEWTIME is not among them: clone() takes it for a part of the signal. */
#define NAMESPACES                                                                       \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |   \
	    CLONE_NEWPID | CLONE_NEWNET)

/* RDM, SEQPACKET, DCCP and PACKET: a bit of each, and of no flag beside the type. */
#define NEITHER_STREAM_NOR_DATAGRAM 0xc

/* On s390 the flags of clone() come second. */
#if defined(__s390__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* The lower half of an argument is all that the kernel looks at, of those that are int.
 */
static void
put_argument(struct writer *writer, unsigned argument, bool is_upper)
{
	bool is_second = (__BYTE_ORDER == __LITTLE_ENDIAN) == is_upper;

	filter_put_load(writer, offsetof(struct seccomp_data, args) +
				    argument * sizeof(uint64_t) +
				    (is_second ? sizeof(uint32_t) : 0));
}

/* The accumulator is one of these values: allowed; else forbidden. */
static void
put_one_of(struct writer *writer, const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		filter_put_jump(writer, BPF_JEQ, values[i], (unsigned)(count - i), 0);
	filter_put_return(writer, writer->forbidden);
	filter_put_return(writer, SECCOMP_RET_ALLOW);
}

/* ---- calls that depend on their arguments ---------------------------------------- */

/* A child of CLONE_PARENT would be the supervisor's to reap: only copies are. */
static void
guard_clone(struct writer *writer)
{
	put_argument(writer, CLONE_FLAGS, false);
	filter_put_jump(writer, BPF_JSET,
	    writer->makes_copies ? NAMESPACES : NAMESPACES | CLONE_PARENT, 0, 1);
	filter_put_return(writer, writer->forbidden);
	filter_put_return(writer, SECCOMP_RET_ALLOW);
}

/* What is typed into a terminal from within is read by whoever has it later. */
static void
guard_ioctl(struct writer *writer)
{
	put_argument(writer, 1, false);
	filter_put_jump(writer, BPF_JEQ, TIOCSTI, 1, 0);
	filter_put_jump(writer, BPF_JEQ, TIOCLINUX, 0, 1);
	filter_put_return(writer, writer->forbidden);
	filter_put_return(writer, SECCOMP_RET_ALLOW);
}

/* Nothing but asking, and what it is. */
static void
guard_personality(struct writer *writer)
{
	static const uint32_t values[] = { 0, 0xffffffff };

	put_argument(writer, 0, false);
	put_one_of(writer, values, ARRAY_SIZE(values));
}

/* Of IP what is TCP or UDP: MPTCP and SCTP are no TCP to Landlock, and go where they
 * like. SCTP is what 0 means for some types. */
static void
guard_socket(struct writer *writer)
{
	static const uint32_t none[] = { 0 }; /* NETLINK_ROUTE as well */

	put_argument(writer, 0, false);
	filter_put_jump(writer, BPF_JEQ, AF_UNIX, 11, 0);
	filter_put_jump(writer, BPF_JEQ, AF_NETLINK, 7, 0);
	filter_put_jump(writer, BPF_JEQ, AF_INET, 1, 0);
	filter_put_jump(writer, BPF_JEQ, AF_INET6, 0, 7);
	put_argument(writer, 1, false);
	filter_put_jump(writer, BPF_JSET, NEITHER_STREAM_NOR_DATAGRAM, 5, 0);
	put_argument(writer, 2, false);
	filter_put_jump(writer, BPF_JEQ, IPPROTO_TCP, 4, 0);
	filter_put_jump(writer, BPF_JEQ, IPPROTO_UDP, 3, 0);
	put_argument(writer, 2, false);
	put_one_of(writer, none, ARRAY_SIZE(none));
}

/* One end of a pair of datagrams sends to any Unix socket that has a path, which needs
 * neither socket(2) nor connect(2). */
static void
guard_socketpair(struct writer *writer)
{
	static const uint32_t types[] = { SOCK_STREAM, SOCK_STREAM | SOCK_NONBLOCK,
		SOCK_STREAM | SOCK_CLOEXEC, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		SOCK_SEQPACKET, SOCK_SEQPACKET | SOCK_NONBLOCK,
		SOCK_SEQPACKET | SOCK_CLOEXEC,
		SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC };

	put_argument(writer, 1, false);
	put_one_of(writer, types, ARRAY_SIZE(types));
}

/* MSG_FASTOPEN connects, and is not looked at by Landlock. */
static void
put_send(struct writer *writer, unsigned flags_argument)
{
	put_argument(writer, flags_argument, false);
	filter_put_jump(writer, BPF_JSET, MSG_FASTOPEN, 0, 1);
	filter_put_return(writer, writer->forbidden);
	filter_put_return(writer, SECCOMP_RET_ALLOW);
}

static void
guard_sendmsg(struct writer *writer)
{
	put_send(writer, 2);
}

static void
guard_send(struct writer *writer)
{
	put_send(writer, 3);
}

/* Its own limits: those of another process may be prong's. */
static void
guard_prlimit(struct writer *writer)
{
	static const uint32_t self[] = { 0 };

	put_argument(writer, 0, false);
	put_one_of(writer, self, ARRAY_SIZE(self));
}

/* C libraries look for a cache of users, and for the log, and do without: that alone is
 * not worth a line, or a life. */
static void
guard_no_socket(struct writer *writer)
{
	put_argument(writer, 0, false);
	filter_put_jump(writer, BPF_JEQ, AF_UNIX, 0, 1);
	filter_put_return(writer, SECCOMP_RET_ERRNO | EPERM);
	filter_put_return(writer, writer->forbidden);
}

static void
put_address(struct writer *writer, unsigned argument, uint64_t address)
{
	if (address == 0) {
		filter_put_return(writer, writer->forbidden);
		return;
	}
	put_argument(writer, argument, false);
	filter_put_jump(writer, BPF_JEQ, (uint32_t)address, 0, 3);
	put_argument(writer, argument, true);
	filter_put_jump(writer, BPF_JEQ, (uint32_t)(address >> 32), 0, 1);
	filter_put_return(writer, SECCOMP_RET_ALLOW);
	filter_put_return(writer, writer->forbidden);
}

static void
guard_execve(struct writer *writer)
{
	put_address(writer, 0, writer->secret->path);
}

static void
guard_execveat(struct writer *writer)
{
	put_address(writer, 1, writer->secret->empty);
}

/* What a filter cannot look into, and libraries do without when it is not there. */
static void
guard_missing(struct writer *writer)
{
	filter_put_return(writer, SECCOMP_RET_ERRNO | ENOSYS);
}

static const struct {
	const char *name;
	enum filter_grant from, to; /* if what is granted is between these */
	filter_guard_fn *write;
} guards[] = {
	{ "clone", FILTER_GUARDED, FILTER_GUARDED, guard_clone },
	{ "clone3", FILTER_FORBIDDEN, FILTER_GUARDED, guard_missing },
	{ "ioctl", FILTER_GUARDED, FILTER_GUARDED, guard_ioctl },
	{ "personality", FILTER_GUARDED, FILTER_GUARDED, guard_personality },
	{ "socket", FILTER_GUARDED, FILTER_GUARDED, guard_socket },
	{ "socket", FILTER_FORBIDDEN, FILTER_FORBIDDEN, guard_no_socket },
	{ "socketpair", FILTER_GUARDED, FILTER_GUARDED, guard_socketpair },
	{ "send", FILTER_GUARDED, FILTER_GUARDED, guard_send },
	{ "sendto", FILTER_GUARDED, FILTER_GUARDED, guard_send },
	{ "sendmsg", FILTER_GUARDED, FILTER_GUARDED, guard_sendmsg },
	{ "sendmmsg", FILTER_GUARDED, FILTER_GUARDED, guard_send },
	{ "prlimit64", FILTER_GUARDED, FILTER_GUARDED, guard_prlimit },
	{ "execve", FILTER_FORBIDDEN, FILTER_GUARDED, guard_execve },
	{ "execveat", FILTER_FORBIDDEN, FILTER_GUARDED, guard_execveat },
	{ "io_uring_setup", FILTER_FORBIDDEN, FILTER_FORBIDDEN, guard_missing },
	{ "io_uring_enter", FILTER_FORBIDDEN, FILTER_FORBIDDEN, guard_missing },
	{ "io_uring_register", FILTER_FORBIDDEN, FILTER_FORBIDDEN, guard_missing },
};

filter_guard_fn *
filter_guard(int number, enum filter_grant grant)
{
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++)
		if (grant >= guards[i].from && grant <= guards[i].to &&
		    syscall_number(guards[i].name) == number)
			return guards[i].write;
	return NULL;
}
