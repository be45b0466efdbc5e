/*
 * calls -- what the tracer does at the entry and at the return of a system call
 *
 * Functions return as those of follow.h do.
 */
#pragma once

#include <linux/ptrace.h>

#include "follow.h"

/* If the call touches the connection, and a thread of the program makes it,
 * follow->touched is set. */
int calls_enter(struct follow *, struct tracee *, const struct ptrace_syscall_info *);
int calls_return(struct follow *, struct tracee *);
