/* Bombs, each with an end: the argument says how much is too much. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_PROCESSES 400
#define MEGABYTE (1UL << 20)

static int
try_processes(const char *count)
{
	pid_t pids[MOST_PROCESSES];
	int rc = 0, made = 0, wanted = (int)number(count);

	while (made < wanted && made < MOST_PROCESSES && rc == 0) {
		pids[made] = fork();
		if (pids[made] == 0)
			for (;;)
				(void)pause();
		if (pids[made] < 0)
			rc = -errno;
		else
			made++;
	}
	while (made-- > 0) {
		(void)kill(pids[made], SIGKILL);
		(void)waitpid(pids[made], NULL, 0);
	}
	return rc;
}

static void *
sit(void *unused)
{
	for (;;)
		(void)pause();
	return unused;
}

static int
make_threads(const char *count)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc = 0;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, 65536);
	for (long i = 0; i < number(count) && rc == 0; i++)
		rc = -pthread_create(&thread, &attr, sit, NULL);
	return rc;
}

static int
try_threads(const char *count)
{
	return apart(make_threads, count);
}

/* In megabytes, each page of which is written to. */
static int
fill_memory(const char *megabytes)
{
	for (long i = 0; i < number(megabytes); i++) {
		char *block = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (block == MAP_FAILED)
			return -errno;
		(void)memset(block, 1, MEGABYTE);
	}
	return 0;
}

static int
try_memory(const char *megabytes)
{
	return apart(fill_memory, megabytes);
}

/* Shared memory is nobody's data: RLIMIT_DATA does not see it. */
static int
fill_shared(const char *megabytes)
{
	for (long i = 0; i < number(megabytes); i++) {
		char *block = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (block == MAP_FAILED)
			return -errno;
		(void)memset(block, 1, MEGABYTE);
	}
	return 0;
}

static int
try_shared_memory(const char *megabytes)
{
	return apart(fill_shared, megabytes);
}

static int
fill_file(const char *argument, bool is_kept)
{
	static char block[MEGABYTE];
	char path[4096];
	long megabytes = 0;
	int rc = 0, fd;

	if (sscanf(argument, "%ld %4095s", &megabytes, path) != 2)
		return -EINVAL;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return -errno;
	if (!is_kept)
		(void)unlink(path);
	ignore(SIGXFSZ);
	while (megabytes-- > 0 && rc == 0)
		rc = outcome(write(fd, block, sizeof(block))); /* or a part of it */
	(void)close(fd);
	return rc;
}

/* "MEGABYTES PATH" */
static int
try_disk(const char *argument)
{
	return fill_file(argument, false);
}

/* The file stays: only where it is gone with the session. */
static int
try_keep(const char *argument)
{
	return fill_file(argument, true);
}

static int
fill_descriptors(const char *count)
{
	for (long i = 0; i < number(count); i++)
		if (dup(0) < 0)
			return -errno;
	return 0;
}

static int
try_many_descriptors(const char *count)
{
	return apart(fill_descriptors, count);
}

static int
burn(const char *seconds)
{
	struct timespec used;

	do
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	while (used.tv_sec < number(seconds));
	return 0;
}

static int
try_cpu(const char *seconds)
{
	return apart(burn, seconds);
}

const struct attempt escape_bombs[] = {
	{ "processes", try_processes },
	{ "threads", try_threads },
	{ "memory", try_memory },
	{ "shared-memory", try_shared_memory },
	{ "disk", try_disk },
	{ "keep", try_keep },
	{ "many-descriptors", try_many_descriptors },
	{ "cpu", try_cpu },
	{ NULL, NULL },
};
