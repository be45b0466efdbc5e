/*
 * procfs -- what /proc tells of a process
 *
 * Texts are NUL-terminated in the caller's memory, and cut where they are too long.
 * Functions return a length or a negative errno.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The whole of /proc/PID/NAME, as far as there is room. */
long proc_read(int pid, const char *name, char *text, size_t size);

/* What descriptor `fd` of it is: "socket:[4711]", "/dev/null"; -ENOENT: not open. */
long proc_link(int pid, int fd, char *text, size_t size);

/* "/proc/PID/NAME" or, with number >= 0, "/proc/PID/NAME/NUMBER". */
void proc_path(char *path, size_t size, int pid, const char *name, int number);

/* The number behind `key` ("Threads:", "flags:"), in base 10 or 8; -1: no such key. */
int64_t proc_number(const char *text, const char *key, int base);

/* The signals that it has handlers for, a bit each from signal 1; all if not known. */
unsigned long proc_caught(int pid);

/* Calls `each` for every open descriptor of the process, in ascending order of the
 * kernel's listing; a negative value that it returns ends the walk and is returned. */
typedef long proc_fd_fn(int fd, void *context);
long proc_each_fd(int pid, proc_fd_fn *each, void *context);
