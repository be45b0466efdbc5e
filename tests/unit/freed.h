/*
 * freed -- a server that is freed, and what is left of it then
 */
#pragma once

#include "embed.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "facts.h"

/* As many descriptors are open as there were before it. */
static inline void
free_in_a_child(int before)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prong_free(it.server);
		/* Neither the parent's placeholders nor anything else of it. */
		_exit(facts_open_files() == before ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* No child either. */
static inline void
expect_nothing_left(int before)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(facts_open_files(), before);
}
