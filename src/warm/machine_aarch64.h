/*
 * machine_aarch64 -- see machine.h
 *
 * A system call changes x0 alone here, so code may rely on every other register, and none
 * is free for a jump: a thread is put back by rt_sigreturn(2), from a frame that holds
 * its general and floating point registers.  Scalable vectors beyond those 128 bits do
 * not outlive a system call; a thread that was stopped elsewhere with such, or with what
 * else a frame would need a record for, cannot be held.
 */
#pragma once

#include <asm/sigcontext.h>

struct machine_registers {
	struct user_pt_regs kernel;
};

/* The kernel's struct rt_sigframe. */
struct machine_frame {
	unsigned char info[128]; /* siginfo */
	unsigned long flags;
	void *link;
	stack_t stack; /* parasite.c fills it in */
	unsigned long mask;
	unsigned char mask_more[120];
	struct sigcontext context;
} __attribute__((aligned(16)));

struct machine_state {
	struct machine_frame frame;
};

_Static_assert(offsetof(struct machine_frame, context) == 304, "the kernel's layout");
_Static_assert(offsetof(struct machine_state, frame) == 0, "parasite.c");

enum {
	MACHINE_CALL_BYTES = 4,
	MACHINE_PAGE = 65536,
	MACHINE_TAIL_BYTES = 8,
	MACHINE_FOREIGN_CALL = 0,
	MACHINE_MODE_32 = 0x10, /* pstate of 32-bit code */
	MACHINE_BRANCH = 0xc00, /* pstate: a jump came from a branch of some kind */
	MACHINE_HIDDEN = 7,     /* the register that tells entry and end of a call */
	MACHINE_THREAD_BEGIN = -256,
	MACHINE_THREAD_BYTES = 256,
};

/* linux/elf.h has only those of its time. */
enum {
	MACHINE_NT_SSVE = 0x40b,
	MACHINE_NT_ZA = 0x40c,
	MACHINE_NT_GCS = 0x410,
};

static inline bool
machine_is_call(const unsigned char *code)
{
	return code[0] == 0x01 && code[1] == 0 && code[2] == 0 && code[3] == 0xd4;
}

/* Of a 32-bit process there is too little to have a program counter. */
static inline bool
machine_is_ours(const struct machine_registers *registers)
{
	return registers->kernel.pc != 0 &&
	       (registers->kernel.pstate & MACHINE_MODE_32) == 0;
}

static inline unsigned long
machine_at(const struct machine_registers *registers)
{
	return registers->kernel.pc;
}

static inline void
machine_go_to(struct machine_registers *registers, unsigned long at)
{
	registers->kernel.pc = at;
	registers->kernel.pstate &= ~(uint64_t)MACHINE_BRANCH;
}

static inline void
machine_call(struct machine_registers *registers, const struct machine_call *call)
{
	registers->kernel.regs[8] = (uint64_t)call->number;
	for (int i = 0; i < 6; i++)
		registers->kernel.regs[i] = (uint64_t)call->arguments[i];
}

static inline long
machine_result(const struct machine_registers *registers)
{
	return (long)registers->kernel.regs[0];
}

static inline long
machine_no_call(int tid)
{
	const int none = -1;
	const struct trace_span span = { &none, sizeof(none) };

	return trace_call(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &span);
}

/* At the return of a call. */
static inline long
machine_set_result(int tid, long result)
{
	struct machine_registers registers;
	long rc = trace_get_registers(tid, &registers.kernel, sizeof(registers.kernel));

	if (rc < 0)
		return rc;
	registers.kernel.regs[0] = (uint64_t)result;
	return trace_set_registers(tid, &registers.kernel, sizeof(registers.kernel));
}

static inline void
machine_reveal(
    struct machine_registers *registers, const struct machine_registers *settled)
{
	registers->kernel.regs[MACHINE_HIDDEN] = settled->kernel.regs[MACHINE_HIDDEN];
}

static inline void
machine_repeat(struct machine_registers *registers)
{
	machine_go_to(registers, registers->kernel.pc - MACHINE_CALL_BYTES);
}

/* Has been done: before it stops, the kernel sets the registers to make the call again.
 */
static inline void
machine_restart(struct machine_registers *registers)
{
	(void)registers;
}

static inline void
machine_jump(struct machine_registers *registers, unsigned long at, unsigned long stack,
    unsigned long argument)
{
	machine_go_to(registers, at);
	registers->kernel.sp = stack;
	registers->kernel.regs[0] = argument;
}

static inline unsigned long
machine_thread_pointer(int tid)
{
	unsigned long base = 0;
	const struct trace_span span = { &base, sizeof(base) };

	if (trace_call(PTRACE_GETREGSET, tid, NT_ARM_TLS, &span) < 0)
		return 0;
	return base;
}

/* The record of the 128-bit registers, the only one; the next has size 0. */
static inline struct fpsimd_context *
machine_vectors(struct machine_state *state)
{
	return (struct fpsimd_context *)state->frame.context.__reserved;
}

static inline void
machine_fill(struct machine_state *state, const struct machine_registers *registers,
    unsigned long mask)
{
	struct sigcontext *context = &state->frame.context;
	struct fpsimd_context *vectors = machine_vectors(state);

	for (int i = 0; i < 31; i++)
		context->regs[i] = registers->kernel.regs[i];
	context->sp = registers->kernel.sp;
	context->pc = registers->kernel.pc;
	context->pstate = registers->kernel.pstate;
	state->frame.mask = mask;
	vectors->head.magic = FPSIMD_MAGIC;
	vectors->head.size = sizeof(*vectors);
}

/* A header of these begins so, and `flags` says whether it is in use; none: not. */
static inline bool
machine_has_scalable(int tid, unsigned long kind)
{
	struct user_sve_header head = { 0 };
	const struct trace_span span = { &head, sizeof(head) };

	if (trace_call(PTRACE_GETREGSET, tid, kind, &span) < 0)
		return false;
	if (kind == MACHINE_NT_ZA)
		return head.size > sizeof(head);
	return (head.flags & SVE_PT_REGS_MASK) == SVE_PT_REGS_SVE;
}

/* No system call keeps what is beyond 128 bits of a vector, and each ends streaming.  So
 * there is nothing of it around one, although Linux 6.2 and later may say so. */
static inline bool
machine_is_around_call(int tid, const struct machine_registers *registers)
{
	unsigned long at = machine_at(registers);
	unsigned char code[MACHINE_CALL_BYTES];

	return (trace_read(tid, at, code, sizeof(code)) == 0 && machine_is_call(code)) ||
	       (trace_read(tid, at - sizeof(code), code, sizeof(code)) == 0 &&
		   machine_is_call(code));
}

static inline bool
machine_computes_scalable(int tid, const struct machine_registers *registers)
{
	if (machine_has_scalable(tid, MACHINE_NT_ZA))
		return true;
	return (machine_has_scalable(tid, NT_ARM_SVE) ||
		   machine_has_scalable(tid, MACHINE_NT_SSVE)) &&
	       !machine_is_around_call(tid, registers);
}

static inline bool
machine_has_shadow_stack(int tid)
{
	uint64_t facts[3] = { 0 };
	const struct trace_span span = { facts, sizeof(facts) };

	return trace_call(PTRACE_GETREGSET, tid, MACHINE_NT_GCS, &span) >= 0 &&
	       (facts[0] & 1) != 0;
}

static inline const char *
machine_keep(struct machine_state *state, int tid,
    const struct machine_registers *registers, unsigned long mask)
{
	struct fpsimd_context *vectors = machine_vectors(state);
	struct user_fpsimd_state seen = { 0 };
	const struct trace_span span = { &seen, sizeof(seen) };

	if (machine_computes_scalable(tid, registers))
		return "it computes with scalable vectors";
	if (machine_has_shadow_stack(tid))
		return "it has a shadow stack";
	if (trace_call(PTRACE_GETREGSET, tid, NT_PRFPREG, &span) < 0)
		return "its floating point registers cannot be read";
	machine_fill(state, registers, mask);
	vectors->fpsr = seen.fpsr;
	vectors->fpcr = seen.fpcr;
	for (int i = 0; i < 32; i++)
		vectors->vregs[i] = seen.vregs[i];
	return NULL;
}

/* None is needed. */
static inline void
machine_tail(unsigned char code[MACHINE_TAIL_BYTES], struct machine_state *ours,
    unsigned long at, unsigned long state)
{
	(void)ours, (void)at, (void)state;
	for (int i = 0; i < MACHINE_TAIL_BYTES; i++)
		code[i] = 0;
}
