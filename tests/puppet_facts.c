/*
 * puppet_facts -- the commands that tell what the process was given
 *
 * Descriptors, ids, signals, limits, environment, terminal, peer: each is asked from
 * the kernel or from /proc by the process itself, at the moment of the command.
 */
#include "puppet.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

/* Copies a file of /proc to the client, only the lines that begin with `prefix`. */
static void
say_lines_of(const char *path, const char *prefix)
{
	FILE *file = fopen(path, "re");
	char line[1024];

	if (file == NULL)
		_exit(98);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, prefix, strlen(prefix)) == 0)
			say(line);
	(void)fclose(file);
}

void
run_env(const char *unused)
{
	(void)unused;
	for (char **variable = environ; *variable != NULL; variable++)
		sayf("%s\n", *variable);
	done();
}

void
run_fds(const char *unused)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	(void)unused;
	if (folder == NULL)
		_exit(98);
	while ((entry = readdir(folder)) != NULL) {
		char target[PATH_MAX] = "";

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (number(entry->d_name) == dirfd(folder))
			continue;
		if (readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1) <
		    0)
			_exit(98);
		sayf("%s %s\n", entry->d_name, target);
	}
	(void)closedir(folder);
	done();
}

void
run_ids(const char *unused)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid, groups[256];
	int count = getgroups(256, groups);

	(void)unused;
	(void)getresuid(&ruid, &euid, &suid);
	(void)getresgid(&rgid, &egid, &sgid);
	sayf("uid %u %u %u\ngid %u %u %u\ngroups", ruid, euid, suid, rgid, egid, sgid);
	for (int i = 0; i < count; i++)
		sayf(" %u", groups[i]);
	sayf("\npid %d\nppid %d\npgid %d\nsid %d\n", getpid(), getppid(), getpgrp(),
	    getsid(0));
	done();
}

void
run_signals(const char *unused)
{
	(void)unused;
	say_lines_of("/proc/self/status", "Sig");
	say_lines_of("/proc/self/status", "Shd");
	done();
}

void
run_status(const char *prefix)
{
	say_lines_of("/proc/self/status", prefix);
	done();
}

void
run_limits(const char *prefix)
{
	say_lines_of("/proc/self/limits", prefix);
	done();
}

void
run_cwd(const char *unused)
{
	char path[PATH_MAX];

	(void)unused;
	sayf("%s\n", getcwd(path, sizeof(path)) == NULL ? "?" : path);
	done();
}

void
run_umask(const char *unused)
{
	(void)unused;
	sayf("%03o\n", umask(0));
	done();
}

void
run_nice(const char *unused)
{
	(void)unused;
	sayf("%d\n", getpriority(PRIO_PROCESS, 0));
	done();
}

void
run_argv(const char *unused)
{
	char line[4096];
	FILE *file = fopen("/proc/self/cmdline", "re");
	size_t length;

	(void)unused;
	if (file == NULL)
		_exit(98);
	length = fread(line, 1, sizeof(line) - 1, file);
	(void)fclose(file);
	line[length] = '\0';
	for (char *word = line; word < line + length; word += strlen(word) + 1)
		sayf("%s\n", word);
	done();
}

void
run_isatty(const char *unused)
{
	(void)unused;
	sayf("%d %d %d\n", isatty(0), isatty(1), isatty(2));
	done();
}

void
run_tty(const char *unused)
{
	struct termios modes;
	struct winsize size = { 0 };
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	(void)unused;
	if (tcgetattr(0, &modes) < 0)
		sayf("none: %s\n", strerror(errno));
	else
		sayf("echo %d canonical %d signals %d output %d controlling %d\n",
		    (modes.c_lflag & ECHO) != 0, (modes.c_lflag & ICANON) != 0,
		    (modes.c_lflag & ISIG) != 0, (modes.c_oflag & OPOST) != 0,
		    terminal >= 0);
	(void)ioctl(0, TIOCGWINSZ, &size);
	if (terminal >= 0)
		(void)close(terminal);
	done();
}

void
run_peername(const char *unused)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t length = sizeof(peer);
	char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";

	(void)unused;
	if (getpeername(0, (struct sockaddr *)&peer, &length) < 0)
		sayf("none: %s\n", strerror(errno));
	else if (getnameinfo((struct sockaddr *)&peer, length, host, sizeof(host), port,
		     sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		sayf("family %d\n", peer.ss_family);
	else
		sayf("%s %s\n", host, port);
	done();
}

void
run_socket(const char *unused)
{
	int no_delay = -1, keepalive = -1;
	socklen_t length = sizeof(int);

	(void)unused;
	(void)getsockopt(0, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
	(void)getsockopt(0, SOL_SOCKET, SO_KEEPALIVE, &keepalive, &length);
	sayf("no-delay %d keepalive %d nonblock %d\n", no_delay, keepalive,
	    (fcntl(0, F_GETFL) & O_NONBLOCK) != 0);
	done();
}
