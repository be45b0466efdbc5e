/*
 * exec -- the limit of starting a program per connection
 *
 *     limit-exec PORT [-s] [-d] PROGRAM [ARG ...]
 *
 * accept, clone(CLONE_VM | CLONE_VFORK), exec, and one non-blocking wait for whoever
 * has ended: nothing a server that starts programs can leave out.  -d: whoever comes from
 * 127.64.0.0/10 is turned away, and nothing a server that does so can leave out.
 */
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"

enum { DENIED = 0x7f400000 };

struct start {
	int fd;
	int has_deny;    /* -d */
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

/* A connection, or -1: it was turned away. */
static int
exec_accept(int listener, const struct start *start)
{
	struct sockaddr_in peer = { 0 };
	socklen_t size = sizeof(peer);
	int fd = accept4(listener, start->has_deny ? (struct sockaddr *)&peer : NULL,
	    start->has_deny ? &size : NULL, SOCK_CLOEXEC);

	if (fd < 0)
		err(111, "accept");
	if (!start->has_deny || ntohl(peer.sin_addr.s_addr) >> 22 != DENIED >> 22)
		return fd;
	(void)close(fd);
	return -1;
}

int
main(int argc, char **argv)
{
	static char stack[16384] __attribute__((aligned(16)));
	const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;

	if (argc < 3)
		errx(2, "usage: limit-exec PORT [-s] [-d] PROGRAM [ARG ...]");

	struct start start = { .program = argv + 2 };

	for (; start.program[1] != NULL && start.program[0][0] == '-'; start.program++) {
		start.has_session |= strcmp(start.program[0], "-s") == 0;
		start.has_deny |= strcmp(start.program[0], "-d") == 0;
	}

	int listener = limit_listen(argv[1]);

	for (;;) {
		start.fd = exec_accept(listener, &start);
		if (start.fd < 0)
			continue;
		if (clone(exec_program, stack + sizeof(stack), flags, &start) < 0)
			err(111, "clone");
		(void)close(start.fd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
