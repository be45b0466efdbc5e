/*
 * Runs inside a program that is held, on pages of its own, and is copied there byte by
 * byte: nothing in this file may need a relocation, a constant in memory, a function of
 * somebody else or a vector register (tools/check-parasite looks).  All signals that the
 * program catches are blocked until the last instructions.
 */
#include "parasite.h"

#include "message.h"

#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/resource.h>

#define HERE static inline __attribute__((always_inline))

#if defined(__x86_64__)

/* The stack of the program first: a signal may come as soon as the mask is back.  The
 * flags before that, since popfq needs a stack, and what follows leaves them alone:
 * the kernel keeps them, mov and lea do not change them. */
__asm__(".pushsection warm_parasite, \"ax\", @progbits\n"
	".globl parasite_entry\n"
	".hidden parasite_entry\n"
	".type parasite_entry, @function\n"
	"parasite_entry:\n"
	"	cld\n"
	"	xor %ebp, %ebp\n"
	"	mov %rdi, %rbx\n"
	"	call parasite_wait\n"
	"	pushq 144(%rbx)\n"
	"	popfq\n"
	"	mov 152(%rbx), %rsp\n"
	"	mov $14, %eax\n" /* rt_sigprocmask(SIG_SETMASK, &mask, NULL, 8) */
	"	mov $2, %edi\n"
	"	lea 168(%rbx), %rsi\n"
	"	mov $0, %edx\n"
	"	mov $8, %r10d\n"
	"	syscall\n"
	"	mov 0(%rbx), %r15\n"
	"	mov 8(%rbx), %r14\n"
	"	mov 16(%rbx), %r13\n"
	"	mov 24(%rbx), %r12\n"
	"	mov 32(%rbx), %rbp\n"
	"	mov 48(%rbx), %r11\n"
	"	mov 56(%rbx), %r10\n"
	"	mov 64(%rbx), %r9\n"
	"	mov 72(%rbx), %r8\n"
	"	mov 80(%rbx), %rax\n"
	"	mov 88(%rbx), %rcx\n"
	"	mov 96(%rbx), %rdx\n"
	"	mov 104(%rbx), %rsi\n"
	"	mov 112(%rbx), %rdi\n"
	"	jmp *176(%rbx)\n"
	".size parasite_entry, . - parasite_entry\n"
	".popsection\n");

HERE void
leave(struct machine_state *state)
{
	(void)state;
}

HERE long
copy_call(const struct parasite_copying *copying)
{
	return sys_call6(
	    __NR_clone, (long)copying->flags, 0, 0, (long)copying->child_tid, 0, 0);
}

#else /* aarch64 */

/* No register is free for a jump there, so the kernel does it all at once. */
__asm__(".pushsection warm_parasite, \"ax\", @progbits\n"
	".globl parasite_entry\n"
	".hidden parasite_entry\n"
	".type parasite_entry, @function\n"
	"parasite_entry:\n"
	"	mov x29, #0\n"
	"	mov x19, x0\n"
	"	bl parasite_wait\n"
	"	mov sp, x19\n"  /* the frame */
	"	mov x8, #139\n" /* rt_sigreturn() */
	"	svc #0\n"
	".size parasite_entry, . - parasite_entry\n"
	".popsection\n");

/* rt_sigreturn() also sets the alternate signal stack. */
HERE void
leave(struct machine_state *state)
{
	(void)sys_call3(__NR_sigaltstack, 0, (long)&state->frame.stack, 0);
}

HERE long
copy_call(const struct parasite_copying *copying)
{
	return sys_call6(
	    __NR_clone, (long)copying->flags, 0, 0, 0, (long)copying->child_tid, 0);
}

#endif

HERE int
channel(const struct parasite_shared *shared)
{
	return shared->aliases[0].fd;
}

HERE void
answer(const struct parasite_shared *shared, enum warm_answer_kind kind, long value)
{
	struct warm_answer said;

	said.kind = kind;
	said.number = shared->order.number;
	said.value = (int32_t)value;
	(void)sys_call6(__NR_sendto, channel(shared), (long)&said, sizeof(said),
	    SYS_MSG_NOSIGNAL, 0, 0);
}

HERE void __attribute__((noreturn)) end(int status)
{
	for (;;)
		(void)sys_call3(__NR_exit_group, status, 0, 0);
}

HERE void __attribute__((noreturn)) fail(const struct parasite_shared *shared, long error)
{
	answer(shared, WARM_FAILED, error);
	end(PARASITE_EXIT);
}

/* Ends with the supervisor: nobody else can give it anything to do. */
HERE void
order_receive(struct parasite_shared *shared, int fds[2])
{
	long got;

	do
		got = message_receive_here(channel(shared), &shared->order,
		    sizeof(shared->order) + WARM_HELD_TEXTS_MAX, fds);
	while (got == -EINTR);
	if (got < (long)sizeof(shared->order))
		end(0);
	shared->texts[got - (long)sizeof(shared->order)] = '\0';
}

/* From the last to the first: as long as one fails, the first can still say so. */
HERE void
aliases_become(const struct parasite_shared *shared, int fd)
{
	for (uint32_t i = shared->alias_count; i > 0; i--) {
		const struct parasite_alias *alias = &shared->aliases[i - 1];
		long rc = sys_call3(__NR_dup3, fd, alias->fd, alias->flags);

		if (rc < 0)
			fail(shared, rc);
	}
	(void)sys_call3(__NR_close, fd, 0, 0);
}

/* ---- a connection ---------------------------------------------------------------- */

/* Returns what follows the text; size 0 skips it. */
HERE const char *
text_put(const char *text, const struct park_slot *slot)
{
	char *to = (char *)slot->address;
	uint32_t room = slot->size;

	for (; *text != '\0'; text++)
		if (room > 1) {
			*to++ = *text;
			room--;
		}
	if (slot->size > 0)
		*to = '\0';
	return text + 1;
}

HERE void
slots_fill(const struct parasite_shared *shared)
{
	const char *text = shared->texts;

	for (uint32_t i = 0; i < shared->slot_count && i < shared->order.text_count;
	     i++) {
		if (text > shared->texts + WARM_HELD_TEXTS_MAX)
			return;
		text = text_put(text, &shared->slots[i]);
	}
}

HERE void
threads_wake(struct parasite_shared *shared)
{
	__atomic_store_n(&shared->go, 1, __ATOMIC_RELEASE);
	(void)sys_call3(__NR_futex, (long)&shared->go, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

HERE void
time_limit(const struct parasite_shared *shared)
{
	const struct warm_limit *limit = &shared->order.cpu;
	long rc = 0;

	if (limit->hard != 0)
		rc = sys_call6(__NR_prlimit64, 0, RLIMIT_CPU, (long)limit, 0, 0, 0);
	if (rc < 0)
		fail(shared, rc);
}

HERE void
connection_take(struct parasite_shared *shared, int fd)
{
	if (fd < 0)
		fail(shared, -EMFILE);
	time_limit(shared);
	answer(shared, WARM_TAKEN, 0);
	aliases_become(shared, fd);
	slots_fill(shared);
	threads_wake(shared);
}

/* ---- a copy ---------------------------------------------------------------------- */

/* The descriptor still leads to the file, with the offset that all share. */
HERE long
file_open(const struct parasite_file *file)
{
	long rc,
	    fd = sys_call6(__NR_openat, AT_FDCWD, (long)file->path, file->flags, 0, 0, 0);

	if (fd < 0)
		return fd;
	(void)sys_call3(__NR_lseek, fd, file->offset, 0);
	rc = sys_call3(__NR_dup3, fd, file->fd, file->flags & O_CLOEXEC);
	(void)sys_call3(__NR_close, fd, 0, 0);
	return rc;
}

HERE void
files_open(const struct parasite_shared *shared)
{
	for (uint32_t i = 0; i < shared->file_count; i++) {
		const struct parasite_file *file = &shared->files[i];
		long rc;

		if (file->same_as < 0)
			rc = file_open(file);
		else
			rc = sys_call3(
			    __NR_dup3, file->same_as, file->fd, file->flags & O_CLOEXEC);
		if (rc < 0)
			fail(shared, rc);
	}
}

HERE void
copy_settle(const struct parasite_shared *shared, const int fds[2])
{
	const struct parasite_copying *copying = &shared->copying;
	const struct warm_order *order = &shared->order;

	aliases_become(shared, fds[0]);
	if (order->has_error) {
		(void)sys_call3(__NR_dup3, fds[1], SYS_ERROR, 0);
		(void)sys_call3(__NR_close, fds[1], 0, 0);
	}
	if (copying->own_tid != 0)
		*(int *)copying->own_tid = (int)sys_call3(__NR_gettid, 0, 0, 0);
	if (copying->robust_list != 0)
		(void)sys_call3(__NR_set_robust_list, (long)copying->robust_list,
		    (long)copying->robust_size, 0);
	(void)sys_call3(__NR_setsid, 0, 0, 0);
	files_open(shared);
	if (order->bound_to == 0)
		return;
	(void)sys_call6(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	if (sys_call3(__NR_getppid, 0, 0, 0) != order->bound_to)
		end(0);
}

HERE void
copy_make(struct parasite_shared *shared, const int fds[2])
{
	long pid = -EOPNOTSUPP;

	if (fds[0] < 0)
		pid = -EMFILE;
	else if (shared->copying.flags != 0)
		pid = copy_call(&shared->copying);
	if (pid == 0) {
		copy_settle(shared, fds);
		return;
	}
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			(void)sys_call3(__NR_close, fds[i], 0, 0);
	answer(shared, WARM_COPIED, pid);
}

/* ---- waiting --------------------------------------------------------------------- */

HERE void
connection_wait(struct parasite_shared *shared)
{
	int fds[2];

	for (;;) {
		order_receive(shared, fds);
		if (shared->order.kind == WARM_CONNECTION)
			break;
		if (shared->order.kind == WARM_COPY)
			copy_make(shared, fds);
	}
	connection_take(shared, fds[0]);
}

HERE void
go_wait(struct parasite_shared *shared)
{
	while (__atomic_load_n(&shared->go, __ATOMIC_ACQUIRE) == 0)
		(void)sys_call6(
		    __NR_futex, (long)&shared->go, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0);
}

/* Returns to parasite_entry when the thread is to go on. */
static void __attribute__((section("warm_parasite"), noinline, used))
parasite_wait(struct parasite_thread *thread)
{
	if (thread->is_first)
		connection_wait(thread->shared);
	else
		go_wait(thread->shared);
	leave(&thread->state);
}
