/*
 * spares -- the bare spare loop: processes that wait in accept, one connection each
 *
 * No messages, no counting, no limits: a connection finds its process already there, and
 * the parent does nothing but replace whoever ended.
 */
#pragma once

#include <err.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"

typedef void spares_serve_fn(int fd);

struct spares {
	spares_serve_fn *serve;
	int has_session; /* each gets a session of its own, as prong's do */
};

static inline void
spares_start(int listener, const struct spares *spares)
{
	pid_t pid = fork();

	if (pid < 0)
		err(111, "fork");
	if (pid > 0)
		return;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (spares->has_session)
		(void)setsid();

	int fd = accept(listener, NULL, NULL);

	if (fd >= 0)
		spares->serve(fd);
	_exit(0);
}

/* Keeps `processes`, a number, waiting; does not return. */
static inline void
spares_run(int listener, const char *processes, const struct spares *spares)
{
	for (unsigned long i = strtoul(processes, NULL, 10); i > 0; i--)
		spares_start(listener, spares);
	while (wait(NULL) > 0)
		spares_start(listener, spares);
	err(111, "wait");
}
