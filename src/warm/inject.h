/*
 * inject -- a system call that a stopped program makes for us
 *
 * The thread must be seized with PTRACE_O_TRACESYSGOOD, and all its signals be blocked
 * before (PTRACE_SETSIGMASK), so that nothing but what we ask for happens in it.  Only
 * SIGSTOP cannot be blocked; it is held back and told in `stop_pending`.
 */
#pragma once

#include "machine.h"

struct inject {
	int tid;
	unsigned long instruction; /* one that makes a system call */
	struct machine_registers before;
	bool stop_pending;
};

/* Where a thread is, as far as system calls go. */
enum inject_place { INJECT_ELSEWHERE, INJECT_AT_ENTRY, INJECT_AT_END };

enum inject_place inject_place(int tid);

/* A thread at the entry of a system call leaves it, unmade; this one and one at the end
 * of a call stop once more before their next instruction.  0 or a negative errno. */
long inject_settle(int tid, enum inject_place, bool *stop_pending);

/* The result of the call or what went wrong with the injection, a negative errno.  The
 * registers are `before` but for the call; the thread stands at the call's end. */
long inject_call(struct inject *, const struct machine_call *);
