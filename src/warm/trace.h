/*
 * trace -- the system calls of a tracer, without a C library
 *
 * As in sys.h each function is one system call and returns what the kernel returns.
 * ptrace(2), process_vm_readv(2), proc(5); PTRACE_GET_SYSCALL_INFO needs Linux 5.3.
 */
#pragma once

#include <asm/ptrace.h>
#include <linux/elf.h>
#include <linux/ptrace.h>

#include "sys.h"

struct trace_span {
	const void *at;
	size_t size;
};

/* What linux/wait.h leaves to libc. */
#define TRACE_WALL 0x40000000

/* What wait(2) says of a stop.  An event is one of PTRACE_EVENT_..., or 0. */
#define TRACE_IS_STOPPED(status) (((status)&0xff) == 0x7f)
#define TRACE_SIGNAL(status) ((int)((status) >> 8 & 0xff))
#define TRACE_EVENT(status) ((int)((status) >> 16))
#define TRACE_SIGNAL_OF_CALL (SIGTRAP | 0x80)

static inline long
trace_call(long request, int tid, unsigned long address, const void *data)
{
	return sys_call6(__NR_ptrace, request, tid, (long)address, (long)data, 0, 0);
}

/* For one, or for any (-1); `options` is 0 or WNOHANG.  Interruptions are not the end. */
static inline long
trace_wait(int tid, long options, int *ret_status)
{
	long rc;

	do
		rc = sys_call6(
		    __NR_wait4, tid, (long)ret_status, TRACE_WALL | options, 0, 0, 0);
	while (rc == -EINTR);
	return rc;
}

/* All of it or -EFAULT. */
static inline long
trace_read(int tid, unsigned long from, void *to, size_t size)
{
	struct trace_span ours = { to, size }, theirs = { (const void *)from, size };
	long got =
	    sys_call6(__NR_process_vm_readv, tid, (long)&ours, 1, (long)&theirs, 1, 0);

	return got == (long)size ? 0 : got < 0 ? got : -EFAULT;
}

static inline long
trace_write(int tid, unsigned long to, const void *from, size_t size)
{
	struct trace_span ours = { from, size }, theirs = { (const void *)to, size };
	long got =
	    sys_call6(__NR_process_vm_writev, tid, (long)&ours, 1, (long)&theirs, 1, 0);

	return got == (long)size ? 0 : got < 0 ? got : -EFAULT;
}

/* General registers, in the kernel's own shape for this machine. */
static inline long
trace_get_registers(int tid, void *registers, size_t size)
{
	struct trace_span span = { registers, size };

	return trace_call(PTRACE_GETREGSET, tid, NT_PRSTATUS, &span);
}

static inline long
trace_set_registers(int tid, const void *registers, size_t size)
{
	struct trace_span span = { registers, size };

	return trace_call(PTRACE_SETREGSET, tid, NT_PRSTATUS, &span);
}

static inline long
trace_readlink(const char *path, char *text, size_t size)
{
	return sys_call6(
	    __NR_readlinkat, AT_FDCWD, (long)path, (long)text, (long)size, 0, 0);
}

static inline long
trace_getdents(int fd, void *entries, size_t size)
{
	return sys_call3(__NR_getdents64, fd, (long)entries, (long)size);
}

/* Of a clock that only goes forward. */
static inline uint64_t
trace_now_usec(void)
{
	int64_t now[2] = { 0 };

	(void)sys_call3(__NR_clock_gettime, CLOCK_MONOTONIC, (long)now, 0);
	return (uint64_t)now[0] * 1000000U + (uint64_t)now[1] / 1000U;
}
