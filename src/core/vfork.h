/*
 * vfork -- a process that shares our memory until it execs
 *
 * clone3(CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | CLONE_CLEAR_SIGHAND) on a
 * stack of the child's own: nothing is copied, neither memory nor descriptor table,
 * however large they are, and the caller goes on when the child has exec'ed or ended.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct vfork_call {
	int (*run)(void *argument); /* must not return */
	void *argument;
	void *stack;
	size_t stack_size;
	int *ret_pidfd;
	/* By vfork_clone3() only. */
	int cgroup_fd;       /* to be born into; 0: none */
	int32_t *ret_number; /* the child's, there before it runs; NULL */
};

/* The child's pid, or -errno: -EAGAIN, -ENOMEM, -EMFILE; -ENOSYS where clone3 is missing
 * or a seccomp filter hides it, or on machines other than x86-64 and arm64. */
pid_t vfork_clone3(const struct vfork_call *);

/* The same through libc's clone(), which leaves signal handlers installed in the child:
 * all signals must be blocked around it, and the child must reset them
 * (birth.has_handlers). */
pid_t vfork_clone(const struct vfork_call *);
