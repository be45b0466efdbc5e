/*
 * machine_x86_64 -- see machine.h
 *
 * A thread is put back without rt_sigreturn(2).  That would need its vector state in a
 * frame, in the size that the kernel has for this thread, which a tracer is not told;
 * a wrong size loses half of the registers.  Code of ours has no vector instruction, so
 * they are still there.  What remains are the general registers, flags and the mask; the
 * last register and the program counter come from memory at a distance from the
 * instruction, so nothing is spilled: neither the stack of the program nor its shadow
 * stack is written to.
 */
#pragma once

struct machine_registers {
	struct pt_regs kernel; /* without fs and gs, which nobody changes */
};

struct machine_state {
	struct pt_regs kernel;
	unsigned long mask;
	unsigned long tail;
};

/* Offsets that parasite.c has in its assembly. */
_Static_assert(offsetof(struct machine_state, kernel.rbx) == 40, "parasite.c");
_Static_assert(offsetof(struct machine_state, kernel.rip) == 128, "parasite.c");
_Static_assert(offsetof(struct machine_state, kernel.eflags) == 144, "parasite.c");
_Static_assert(offsetof(struct machine_state, kernel.rsp) == 152, "parasite.c");
_Static_assert(offsetof(struct machine_state, mask) == 168, "parasite.c");
_Static_assert(offsetof(struct machine_state, tail) == 176, "parasite.c");

enum {
	MACHINE_CALL_BYTES = 2,
	MACHINE_PAGE = 4096,
	MACHINE_TAIL_BYTES = 16,
	MACHINE_CODE_64 = 0x33,            /* cs of 64-bit code */
	MACHINE_FOREIGN_CALL = 0x40000000, /* x32: this machine, but other numbers */
	MACHINE_FS_BASE = 168,             /* in the kernel's struct user */
	/* Around the thread pointer, where musl keeps the thread's id. */
	MACHINE_THREAD_BEGIN = 0,
	MACHINE_THREAD_BYTES = 128,
};

static inline bool
machine_is_call(const unsigned char *code)
{
	return code[0] == 0x0f && code[1] == 0x05;
}

static inline bool
machine_is_ours(const struct machine_registers *registers)
{
	return registers->kernel.cs == MACHINE_CODE_64 &&
	       ((long)registers->kernel.orig_rax < 0 ||
		   (registers->kernel.orig_rax & MACHINE_FOREIGN_CALL) == 0);
}

static inline unsigned long
machine_at(const struct machine_registers *registers)
{
	return registers->kernel.rip;
}

static inline void
machine_go_to(struct machine_registers *registers, unsigned long at)
{
	registers->kernel.rip = at;
}

static inline void
machine_call(struct machine_registers *registers, const struct machine_call *call)
{
	registers->kernel.rax = (unsigned long)call->number;
	registers->kernel.orig_rax = -1UL;
	registers->kernel.rdi = (unsigned long)call->arguments[0];
	registers->kernel.rsi = (unsigned long)call->arguments[1];
	registers->kernel.rdx = (unsigned long)call->arguments[2];
	registers->kernel.r10 = (unsigned long)call->arguments[3];
	registers->kernel.r8 = (unsigned long)call->arguments[4];
	registers->kernel.r9 = (unsigned long)call->arguments[5];
}

static inline long
machine_result(const struct machine_registers *registers)
{
	return (long)registers->kernel.rax;
}

/* At the entry of a call: none is made. */
static inline long
machine_no_call(int tid)
{
	size_t at = offsetof(struct pt_regs, orig_rax);

	return trace_call(PTRACE_POKEUSR, tid, at, (const void *)-1L);
}

/* At the return of a call. */
static inline long
machine_set_result(int tid, long result)
{
	size_t at = offsetof(struct pt_regs, rax);

	return trace_call(PTRACE_POKEUSR, tid, at, (const void *)result);
}

/* Registers at the entry of a call become those that make it. */
static inline void
machine_repeat(struct machine_registers *registers)
{
	registers->kernel.rax = registers->kernel.orig_rax;
	registers->kernel.orig_rax = -1UL;
	registers->kernel.rip -= MACHINE_CALL_BYTES;
}

/* What could not be seen at the entry of a call. */
static inline void
machine_reveal(
    struct machine_registers *registers, const struct machine_registers *settled)
{
	(void)registers;
	(void)settled;
}

/* What the kernel does after an interrupted call when no handler runs. */
static inline void
machine_restart(struct machine_registers *registers)
{
	long result = (long)registers->kernel.rax;

	if ((long)registers->kernel.orig_rax < 0)
		return;
	if (result == -MACHINE_ERESTARTSYS || result == -MACHINE_ERESTARTNOINTR ||
	    result == -MACHINE_ERESTARTNOHAND)
		machine_repeat(registers);
	else if (result == -MACHINE_ERESTART_RESTARTBLOCK) {
		registers->kernel.orig_rax = __NR_restart_syscall;
		machine_repeat(registers);
	}
	registers->kernel.orig_rax = -1UL;
}

/* Goes on at `at`, with an argument and a stack of its own. */
static inline void
machine_jump(struct machine_registers *registers, unsigned long at, unsigned long stack,
    unsigned long argument)
{
	registers->kernel.rip = at;
	registers->kernel.rsp = stack;
	registers->kernel.rdi = argument;
	registers->kernel.orig_rax = -1UL;
}

/* 0: none, or not to be had. */
static inline unsigned long
machine_thread_pointer(int tid)
{
	unsigned long base = 0;

	if (trace_call(PTRACE_PEEKUSR, tid, MACHINE_FS_BASE, &base) < 0)
		return 0;
	return base;
}

static inline void
machine_fill(struct machine_state *state, const struct machine_registers *registers,
    unsigned long mask)
{
	state->kernel = registers->kernel;
	state->mask = mask;
}

static inline const char *
machine_keep(struct machine_state *state, int tid,
    const struct machine_registers *registers, unsigned long mask)
{
	(void)tid;
	machine_fill(state, registers, mask);
	return NULL;
}

static inline void
machine_put_distance(unsigned char *code, unsigned long from, unsigned long to)
{
	unsigned long distance = to - from;

	for (int i = 0; i < 4; i++)
		code[i] = (unsigned char)(distance >> (8 * i));
}

/* The last instructions of a thread whose state is at `state`, to be put at `at`:
 *     mov  rbx(%rip), %rbx
 *     jmp  *rip(%rip)
 * and the state is told where they are. */
static inline void
machine_tail(unsigned char code[MACHINE_TAIL_BYTES], struct machine_state *ours,
    unsigned long at, unsigned long state)
{
	static const unsigned char tail[MACHINE_TAIL_BYTES] = { 0x48, 0x8b, 0x1d, 0, 0, 0,
		0, 0xff, 0x25, 0, 0, 0, 0, 0xcc, 0xcc, 0xcc };

	for (size_t i = 0; i < sizeof(tail); i++)
		code[i] = tail[i];
	machine_put_distance(
	    code + 3, at + 7, state + offsetof(struct machine_state, kernel.rbx));
	machine_put_distance(
	    code + 9, at + 13, state + offsetof(struct machine_state, kernel.rip));
	ours->tail = at;
}
