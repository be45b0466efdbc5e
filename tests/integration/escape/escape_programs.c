/* Programs: which can be executed, and what they gain by it. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SAMPLE "/usr/bin/true"

#if defined(__aarch64__)
#define LOADER "/lib/ld-linux-aarch64.so.1"
#else
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#endif

extern char **environ;

static int
try_execute(const char *path)
{
	return execute(path, (const char *[]){ path, NULL });
}

static int
copy_to(int fd, const char *path)
{
	char block[65536];
	ssize_t length;
	int from = open(path, O_RDONLY);

	if (from < 0)
		return -errno;
	do
		length = read(from, block, sizeof(block));
	while (length > 0 && write(fd, block, (size_t)length) == length);
	(void)close(from);
	return length > 0 ? -EIO : outcome(length);
}

static int
make_program(const char *path)
{
	int rc, fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	if (fd < 0)
		return -errno;
	rc = copy_to(fd, SAMPLE);
	(void)close(fd);
	return rc;
}

/* One that it wrote itself, at that path. */
static int
try_execute_own(const char *path)
{
	int rc = make_program(path);

	rc = rc < 0 ? rc : try_execute(path);
	(void)unlink(path);
	return rc;
}

/* Nothing is executed but the loader, which maps the rest. */
static int
try_execute_by_loader(const char *path)
{
	int rc = make_program(path);

	rc = rc < 0 ? rc : execute(LOADER, (const char *[]){ LOADER, path, NULL });
	(void)unlink(path);
	return rc;
}

static int
execute_fd(const char *word)
{
	(void)syscall(SYS_execveat, (int)number(word), "",
	    (const char *[]){ "true", NULL }, environ, AT_EMPTY_PATH);
	return -errno;
}

/* A file without a path. */
static int
try_execute_memfd(const char *unused)
{
	char word[16];
	int rc, fd = memfd_create("escape", 0);

	(void)unused;
	if (fd < 0)
		return -errno;
	(void)snprintf(word, sizeof(word), "%d", fd);
	rc = copy_to(fd, SAMPLE);
	rc = rc < 0 ? rc : apart(execute_fd, word);
	(void)close(fd);
	return rc;
}

/* A copy of this program that belongs to another user and has its set-user-id bit. */
static int
try_set_user_id(const char *path)
{
	return execute(path, (const char *[]){ path, "--user", NULL });
}

/* One that has a capability by its file. */
static int
try_file_capability(const char *path)
{
	return execute(path, (const char *[]){ path, "--capability", NULL });
}

/* Whether a core file appears is seen from outside. */
static int
crash(const char *path)
{
	if (chdir(path) < 0)
		return -errno;
	(void)raise(SIGSEGV);
	return 0;
}

static int
try_core(const char *path)
{
	int rc = apart(crash, path);

	return rc == -EOWNERDEAD ? 0 : rc;
}

static int
try_descriptors(const char *unused)
{
	(void)unused;
	for (int fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 0;
	return -EBADF;
}

static int
try_environment(const char *name)
{
	return getenv(name) != NULL ? 0 : -ENOENT;
}

const struct attempt escape_programs[] = {
	{ "execute", try_execute },
	{ "execute-own", try_execute_own },
	{ "execute-by-loader", try_execute_by_loader },
	{ "execute-memfd", try_execute_memfd },
	{ "set-user-id", try_set_user_id },
	{ "file-capability", try_file_capability },
	{ "core", try_core },
	{ "descriptors", try_descriptors },
	{ "environment", try_environment },
	{ NULL, NULL },
};
