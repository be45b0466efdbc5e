/*
 * exec -- the limit of starting a program per connection
 *
 *     limit-exec PORT [-s] PROGRAM [ARG ...]
 *
 * accept, clone(CLONE_VM | CLONE_VFORK), exec, and one non-blocking wait for whoever
 * has ended: nothing a server that starts programs can leave out.
 */
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"

struct start {
	int fd;
	int has_session; /* -s: each program gets a session of its own, as prong's do */
	char **program;
};

static int
exec_program(void *arg)
{
	const struct start *start = arg;

	if (start->has_session)
		(void)setsid();
	(void)dup2(start->fd, STDIN_FILENO);
	(void)dup2(start->fd, STDOUT_FILENO);
	(void)execv(start->program[0], start->program);
	_exit(127);
}

int
main(int argc, char **argv)
{
	static char stack[16384] __attribute__((aligned(16)));
	const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;

	if (argc < 3)
		errx(2, "usage: limit-exec PORT [-s] PROGRAM [ARG ...]");

	struct start start = { .program = argv + 2 };

	if (argc > 3 && strcmp(argv[2], "-s") == 0) {
		start.has_session = 1;
		start.program++;
	}

	int listener = limit_listen(argv[1]);

	for (;;) {
		start.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (start.fd < 0)
			err(111, "accept");
		if (clone(exec_program, stack + sizeof(stack), flags, &start) < 0)
			err(111, "clone");
		(void)close(start.fd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
