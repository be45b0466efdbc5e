#include "vfork.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"

#define SHARED (CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD)

/*
 * By hand, for there is no libc wrapper in Debian 12, and syscall() would return twice
 * on different stacks: the parent falls through, the child calls run(argument).
 */
#if defined(__x86_64__)
static long
clone3_call(struct clone_args *args, int (*run)(void *), void *argument)
{
	register int (*r_run)(void *) __asm__("r12") = run;
	register void *r_argument __asm__("r13") = argument;
	long rc;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %[argument], %%rdi\n\t"
			 "callq *%[run]\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(rc)
			 : "a"(SYS_clone3), "D"(args),
			 "S"(sizeof(*args)), [run] "r"(r_run), [argument] "r"(r_argument)
			 : "rcx", "r11", "memory", "cc");
	return rc;
}
#elif defined(__aarch64__)
static long
clone3_call(struct clone_args *args, int (*run)(void *), void *argument)
{
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = sizeof(*args);
	register int (*r_run)(void *) __asm__("x9") = run;
	register void *r_argument __asm__("x10") = argument;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, %[argument]\n\t"
			 "blr %[run]\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), [run] "r"(r_run), [argument] "r"(r_argument)
			 : "memory", "cc");
	return x0;
}
#else
static long
clone3_call(struct clone_args *args, int (*run)(void *), void *argument)
{
	(void)args;
	(void)run;
	(void)argument;
	return -ENOSYS;
}
#endif

pid_t
vfork_clone3(const struct vfork_call *call)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = SHARED | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)call->stack,
		.stack_size = call->stack_size,
	};
	long rc;

	if (call->cgroup_fd > 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)call->cgroup_fd;
	}
	if (call->ret_number != NULL) {
		args.flags |= CLONE_PARENT_SETTID;
		args.parent_tid = (uint64_t)(uintptr_t)call->ret_number;
	}
	rc = clone3_call(&args, call->run, call->argument);

	if (rc > 0)
		*call->ret_pidfd = pidfd;
	return (pid_t)rc;
}

pid_t
vfork_clone(const struct vfork_call *call)
{
	int pidfd = -1;
	pid_t pid = clone(call->run, (char *)call->stack + call->stack_size,
	    SHARED | SIGCHLD, call->argument, &pidfd);

	if (pid < 0)
		return -errno;
	*call->ret_pidfd = pidfd;
	return pid;
}
