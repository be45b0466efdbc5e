/*
 * spare -- the limit of processes started ahead
 *
 *     limit-spare PORT PROCESSES
 *
 * Each of PROCESSES waits in accept, echoes on one connection and ends; the parent
 * replaces whoever ended.  A connection finds its process already there.
 */
#include <err.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"

static char buffer[16384];

static void
spare_start(int listener)
{
	pid_t pid = fork();

	if (pid < 0)
		err(111, "fork");
	if (pid > 0)
		return;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);

	int fd = accept(listener, NULL, NULL);

	if (fd >= 0)
		limit_echo(fd, buffer, sizeof(buffer));
	_exit(0);
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: limit-spare PORT PROCESSES");

	int listener = limit_listen(argv[1]);

	for (unsigned long i = strtoul(argv[2], NULL, 10); i > 0; i--)
		spare_start(listener);
	while (wait(NULL) > 0)
		spare_start(listener);
	err(111, "wait");
}
