/*
 * machine -- what a tracer has to know of this machine
 *
 * Each of the files it chooses from says the same things: the registers of a stopped
 * thread, how a system call is put into them and its result taken out, and what has to be
 * kept so that code of ours inside the program can put everything back.
 *
 *     MACHINE_CALL_BYTES, machine_is_call()  the instruction that makes a system call
 *     MACHINE_PAGE                           the largest page that the kernel may have
 *     MACHINE_AUDIT_ARCH                     our kind, as PTRACE_GET_SYSCALL_INFO says
 *     MACHINE_FOREIGN_CALL                   a bit in the numbers of another kind, or 0
 *     machine_is_ours()                      is it code of our own kind?
 *     machine_at(), machine_go_to()          where the program is, and is to be
 *     machine_call(), machine_result()       a system call, at an instruction for it
 *     machine_no_call()                      the call that was entered is not made
 *     machine_set_result()                   and returns this, where it would have
 *     machine_reveal()                       what cannot be seen at the entry of a call
 *     machine_repeat(), machine_restart()    the call that was entered, or interrupted
 *     machine_jump()                         goes on elsewhere
 *     machine_thread_pointer()               where the C library has its thread
 *     struct machine_state, machine_fill()   what parasite.c restores a thread from
 *     machine_keep()                         the same with all that the thread has; why
 *                                            it cannot be, or NULL
 *     MACHINE_TAIL_BYTES, machine_tail()     the end of that, made for one thread
 */
#pragma once

#include "trace.h"

#include <linux/audit.h>

struct machine_call {
	long number;
	long arguments[6];
};

/* What the kernel keeps to itself (linux/errno.h of the kernel). */
enum {
	MACHINE_ERESTARTSYS = 512,
	MACHINE_ERESTARTNOINTR = 513,
	MACHINE_ERESTARTNOHAND = 514,
	MACHINE_ERESTART_RESTARTBLOCK = 516,
};

#if defined(__x86_64__) && defined(__LP64__)
#define MACHINE_AUDIT_ARCH AUDIT_ARCH_X86_64
#include "machine_x86_64.h"
#elif defined(__aarch64__) && defined(__LP64__)
#define MACHINE_AUDIT_ARCH AUDIT_ARCH_AARCH64
#include "machine_aarch64.h"
#endif
