#include "proc.h"

#include <fcntl.h>
#include <string.h>

#include "base.h"

static int
read_file(pid_t pid, const char *name, char *content, size_t size)
{
	char path[64];
	cleanup_(close_fd) int fd = -1;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ESRCH;
	got = read(fd, content, size - 1);
	if (got <= 0)
		return -ESRCH;
	content[got] = '\0';
	return 0;
}

/* Behind the name in brackets, which may hold anything: fields 14 and 15, counted
 * from 1, are user and system time. */
static int
read_cpu(pid_t pid, int64_t *ret_usec)
{
	unsigned long user, system;
	const char *at;
	char stat[1024];

	if (read_file(pid, "stat", stat, sizeof(stat)) < 0)
		return -ESRCH;
	at = strrchr(stat, ')');
	if (at == NULL ||
	    sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
		&system) != 2)
		return -ESRCH;
	*ret_usec = (int64_t)(user + system) * (1000000 / sysconf(_SC_CLK_TCK));
	return 0;
}

int
proc_read(pid_t pid, int64_t *ret_cpu_us, int64_t *ret_memory_kb)
{
	unsigned long resident;
	char statm[128];
	int64_t cpu_us;

	if (pid <= 0 || read_cpu(pid, &cpu_us) < 0 ||
	    read_file(pid, "statm", statm, sizeof(statm)) < 0 ||
	    sscanf(statm, "%*u %lu", &resident) != 1)
		return -ESRCH;
	*ret_cpu_us = cpu_us;
	*ret_memory_kb = (int64_t)resident * (sysconf(_SC_PAGESIZE) / 1024);
	return 0;
}
