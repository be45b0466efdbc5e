/*
 * apart -- a piece of a test in a process of its own
 *
 * For what cannot be undone: user ids, limits, closed descriptors.  The piece says with
 * want() what must hold; a piece that returns 0 was satisfied.
 */
#pragma once

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* On the standard error of the test itself, which the piece may have closed. */
#define want(condition)                                                                  \
	do {                                                                             \
		if (!(condition)) {                                                      \
			(void)dprintf(                                                   \
			    2, "# %s:%d: not %s\n", __FILE__, __LINE__, #condition);     \
			return __LINE__ % 255 + 1;                                       \
		}                                                                        \
	} while (0)

/* What the piece returned, or minus the signal that killed it. */
static inline int
apart(int (*piece)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(piece());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1000;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
