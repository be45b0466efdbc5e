/*
 * fork -- the limit of a built-in in a forked copy of the server
 *
 *     limit-fork PORT
 *
 * The textbook's server with everything taken away: a static program that forks for
 * each connection, and the copy echoes.
 */
#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"

static char buffer[16384];

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: limit-fork PORT");

	int listener = limit_listen(argv[1]);

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		pid_t pid;

		if (fd < 0)
			err(111, "accept");
		pid = fork();
		if (pid < 0)
			err(111, "fork");
		if (pid == 0) {
			limit_echo(fd, buffer, sizeof(buffer));
			_exit(0);
		}
		(void)close(fd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
