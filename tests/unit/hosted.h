/*
 * hosted -- hosts that see to their children themselves
 */
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <sys/wait.h>

/* Linux 6.15: a pidfd has the status of a process that somebody reaped. */
static inline bool
host_keeps_statuses(void)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 15));
}

enum host_way { HOST_CATCHES, HOST_IGNORES, HOST_WANTS_NONE, HOST_WAYS };

/* As whoever waits for children of his own does it. */
static inline void
host_take_all(int number)
{
	int kept = errno;

	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = kept;
}

/* SIGCHLD as such a host has it, until host_is_usual(). */
static inline void
host_is(enum host_way way)
{
	const struct sigaction ways[] = {
		[HOST_CATCHES] = { .sa_handler = host_take_all },
		[HOST_IGNORES] = { .sa_handler = SIG_IGN },
		[HOST_WANTS_NONE] = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT },
	};

	(void)sigaction(SIGCHLD, &ways[way], NULL);
}

static inline void
host_is_usual(void)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };

	(void)sigaction(SIGCHLD, &usual, NULL);
}
