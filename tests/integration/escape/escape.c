/*
 * Reads "try NAME ARGUMENT" from its client and answers with one line:
 *
 *	NAME: could
 *	NAME: could not: EPERM
 *	NAME: killed                 (a process of its own was, that made the attempt)
 *	NAME: unknown
 *
 * If the process itself is killed, the client sees the end of the connection.  "ids"
 *answers with user and group, "arm" counts the signal USR2 from now on, "count" says how
 *many came.  As `escape --user` it ends with 0 if its effective user is not its real one,
 *as `escape --capability` if it has CAP_NET_RAW.
 */
#include "escape.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAP_NET_RAW_BIT 13
#define LOADER_FAILED 127

static const struct attempt *const tables[] = { escape_files, escape_programs,
	escape_processes, escape_network, escape_mounts, escape_rights, escape_kernel,
	escape_shared, escape_bombs, escape_survivors };

static volatile sig_atomic_t counted;

int
outcome(long rc)
{
	return rc < 0 ? -errno : 0;
}

int
outcome_fd(int fd)
{
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

int
outcome_but(long rc, int error)
{
	return rc < 0 && errno != error ? -errno : 0;
}

long
number(const char *word)
{
	return strtol(word, NULL, 10);
}

void
ignore(int signal_number)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	(void)sigaction(signal_number, &action, NULL);
}

/* The errno of a process that was made for one attempt is its exit status. */
static int
outcome_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFEXITED(status))
		return -EOWNERDEAD;
	return -WEXITSTATUS(status);
}

int
apart(int (*run)(const char *), const char *argument)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-run(argument));
	return outcome_of(pid);
}

int
execute(const char *path, const char *const argv[])
{
	int said[2], rc;
	pid_t pid;

	if (pipe(said) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)dup2(said[1], 1);
		(void)dup2(said[1], 2);
		(void)execv(path, (char *const *)argv);
		_exit(errno);
	}
	rc = outcome_of(pid);
	(void)close(said[0]);
	(void)close(said[1]);
	return rc == -LOADER_FAILED ? -ENOEXEC : rc;
}

static void
answer(const char *name, int rc)
{
	if (rc == 0)
		printf("%s: could\n", name);
	else if (rc == -EOWNERDEAD)
		printf("%s: killed\n", name);
	else
		printf("%s: could not: %s\n", name, strerrorname_np(-rc));
}

static void
try(const char *name, const char *argument)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct attempt *row = tables[i]; row->name != NULL; row++)
			if (strcmp(row->name, name) == 0) {
				answer(name, row->run(argument));
				return;
			}
	printf("%s: unknown\n", name);
}

static void
count(int unused)
{
	(void)unused;
	counted++;
}

static void
arm(void)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART };

	(void)sigaction(SIGUSR2, &action, NULL);
	printf("armed\n");
}

static void
obey(char *line)
{
	const char *name, *argument = "";
	char *blank;

	line[strcspn(line, "\r\n")] = '\0';
	if (strcmp(line, "ids") == 0) {
		printf("%d %d\n", (int)getuid(), (int)getgid());
	} else if (strcmp(line, "arm") == 0) {
		arm();
	} else if (strcmp(line, "count") == 0) {
		printf("%d\n", (int)counted);
	} else if (strncmp(line, "try ", 4) == 0) {
		name = line + 4;
		blank = strchr(line + 4, ' ');
		if (blank != NULL) {
			*blank = '\0';
			argument = blank + 1;
		}
		try(name, argument);
	} else {
		printf("?\n");
	}
}

static bool
has_capability(int bit)
{
	unsigned long long mask = 0;
	char line[128];
	FILE *file = fopen("/proc/self/status", "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		(void)sscanf(line, "CapEff: %llx", &mask);
	return (mask >> bit & 1) != 0;
}

int
main(int argc, char *argv[])
{
	char line[4096];

	if (argc > 1 && strcmp(argv[1], "--user") == 0)
		return geteuid() != getuid() ? 0 : EPERM;
	if (argc > 1 && strcmp(argv[1], "--capability") == 0)
		return has_capability(CAP_NET_RAW_BIT) ? 0 : EPERM;

	/* What a child inherits of it is empty. */
	(void)setvbuf(stdin, NULL, _IONBF, 0);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		obey(line);
		(void)fflush(stdout);
	}
	return 0;
}
