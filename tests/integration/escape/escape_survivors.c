/* Processes that are meant to outlive their session.  The argument is the name by which
 * the test finds them; the answer comes when they are there. */
#include "escape.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready[2];

static void
stay(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	(void)write(ready[1], "x", 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	for (;;)
		(void)pause();
}

static int
wait_ready(void)
{
	char byte;
	ssize_t length;

	(void)close(ready[1]);
	length = read(ready[0], &byte, 1);
	(void)close(ready[0]);
	return length == 1 ? 0 : -ECHILD;
}

/* A process that says when it is ready; 0: this is it. */
static pid_t
begin(void)
{
	pid_t pid;

	if (pipe(ready) < 0)
		return -errno;
	pid = fork();
	return pid < 0 ? -errno : pid;
}

/* In a session of its own, and nobody's child. */
static int
try_survive_setsid(const char *name)
{
	pid_t pid = begin();

	if (pid < 0)
		return pid;
	if (pid == 0) {
		(void)setsid();
		if (fork() == 0)
			stay(name);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	return wait_ready();
}

static int
try_survive_ignoring(const char *name)
{
	pid_t pid = begin();

	if (pid < 0)
		return pid;
	if (pid == 0) {
		ignore(SIGTERM);
		ignore(SIGHUP);
		stay(name);
	}
	return wait_ready();
}

/* Stopped, where no signal but KILL and CONT reaches it. */
static int
try_survive_stopped(const char *name)
{
	pid_t pid = begin();
	int rc, status;

	if (pid < 0)
		return pid;
	if (pid == 0)
		stay(name);
	rc = wait_ready();
	(void)kill(pid, SIGSTOP);
	(void)waitpid(pid, &status, WUNTRACED);
	return rc;
}

/* "NAME PORT": it listens. */
static int
try_survive_listening(const char *argument)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	char name[16];
	int port, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	if (sscanf(argument, "%15s %d", name, &port) != 2)
		return -EINVAL;
	at.sin_port = htons((uint16_t)port);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 8) < 0)
		return -errno;
	return try_survive_setsid(name);
}

const struct attempt escape_survivors[] = {
	{ "survive-setsid", try_survive_setsid },
	{ "survive-ignoring", try_survive_ignoring },
	{ "survive-stopped", try_survive_stopped },
	{ "survive-listening", try_survive_listening },
	{ NULL, NULL },
};
