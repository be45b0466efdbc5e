#include "cgroup_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base.h"
#include "cgroup_text.h"
#include "closing.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
/* What a program may have made below its own, at most. */
#define DEPTH_MOST 16
/* Without cgroup.kill: processes that are sent KILL at a time. */
#define KILLS_MOST 512

ssize_t
cgroup_tree_read(int fd, const char *file, char *text, size_t size)
{
	cleanup_(close_fd) int open_fd = openat(fd, file, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	text[0] = '\0';
	if (open_fd >= 0)
		got = read(open_fd, text, size - 1);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	return got;
}

int
cgroup_tree_write(int fd, const char *file, const char *text)
{
	cleanup_(close_fd) int open_fd = openat(fd, file, O_WRONLY | O_CLOEXEC);

	if (open_fd < 0 || write(open_fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* It may have been removed before we had the lock. */
static bool
is_there(int home, const char *name, int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && fstatat(home, name, &there, 0) == 0 &&
	       ours.st_ino == there.st_ino;
}

int
cgroup_tree_lock(int home, const char *name, int *ret_fd)
{
	cleanup_(close_fd) int fd = openat(home, name, DIRECTORY);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	if (!is_there(home, name, fd))
		return -ENOENT;
	*ret_fd = take_fd(&fd);
	return 0;
}

int
cgroup_tree_make(int home, const char *name, int *ret_fd)
{
	int rc;

	if (mkdirat(home, name, 0755) < 0)
		return -errno;
	rc = cgroup_tree_lock(home, name, ret_fd);
	/* Another server has taken it for a leftover in this very moment. */
	if (rc == -EAGAIN || rc == -ENOENT)
		return -EEXIST;
	if (rc < 0)
		(void)unlinkat(home, name, AT_REMOVEDIR);
	return rc;
}

bool
cgroup_tree_is_populated(int fd)
{
	char text[128];

	return cgroup_tree_read(fd, "cgroup.events", text, sizeof(text)) > 0 &&
	       cgroup_text_number(text, "populated") != 0;
}

bool
cgroup_tree_has_children(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_nlink > 2;
}

void
cgroup_tree_each(int fd, cgroup_tree_visit_fn *visit, void *context)
{
	int copy = openat(fd, ".", DIRECTORY);
	cleanup_(close_folder) DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (folder == NULL) {
		close_fd(&copy);
		return;
	}
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			visit(fd, entry->d_name, context);
}

/* ---- KILL to all ----------------------------------------------------------------- */

static void
kill_members(int fd)
{
	char text[8192], *at = text;

	if (cgroup_tree_read(fd, "cgroup.procs", text, sizeof(text)) <= 0)
		return;
	for (int i = 0; i < KILLS_MOST && *at != '\0'; i++) {
		long pid = strtol(at, &at, 10);

		/* 0: of a pid namespace that is not ours; the last may be cut off. */
		if (pid > 1 && *at == '\n')
			(void)kill((pid_t)pid, SIGKILL);
		at += *at == '\n';
	}
}

static void kill_child(int parent, const char *name, void *depth);

/* Before Linux 5.14.  Whoever forks faster than this is met by the next try. */
static void
kill_one_by_one(int fd, int depth)
{
	int below = depth + 1;

	kill_members(fd);
	if (depth < DEPTH_MOST && cgroup_tree_has_children(fd))
		cgroup_tree_each(fd, kill_child, &below);
}

static void
kill_child(int parent, const char *name, void *depth)
{
	cleanup_(close_fd) int fd = openat(parent, name, DIRECTORY);

	if (fd >= 0)
		kill_one_by_one(fd, *(const int *)depth);
}

void
cgroup_tree_kill(int fd)
{
	if (cgroup_tree_write(fd, "cgroup.kill", "1") < 0)
		kill_one_by_one(fd, 0);
}

/* ---- the end --------------------------------------------------------------------- */

static void
remove_child(int parent, const char *name, void *depth)
{
	cleanup_(close_fd) int fd = openat(parent, name, DIRECTORY);
	int below = *(const int *)depth + 1;

	if (fd >= 0 && below <= DEPTH_MOST && cgroup_tree_has_children(fd))
		cgroup_tree_each(fd, remove_child, &below);
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* The kernel knows its name: nobody else need keep it. */
int
cgroup_tree_remove(int fd)
{
	char link[32], path[PATH_MAX];
	int depth = 1;
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	if (cgroup_tree_has_children(fd))
		cgroup_tree_each(fd, remove_child, &depth);
	return rmdir(path) < 0 ? -errno : 0;
}
