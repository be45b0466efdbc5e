/*
 * proc -- what a process has used, as /proc says
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* CPU time so far, and memory that is resident now.  -ESRCH: it is gone. */
int proc_read(pid_t, int64_t *ret_cpu_us, int64_t *ret_memory_kb);
