/*
 * celled -- a piece of a test in namespaces of its own, as a cell's first process is, and
 * a few directories to try things on
 */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "apart.h"
#include "keeper.h"
#include "scratch.h"
#include "stages.h"

#define CELLED_NOBODY 65534

static bool celled_as_nobody; /* who makes the cell */
static struct report celled_report;
static const struct birth celled_birth = { .report = &celled_report };

/* As somebody who has been nobody from the start. */
static inline int
celled_become_nobody(void)
{
	if (geteuid() != 0)
		return 0;
	return setgroups(0, NULL) < 0 ||
	       setresgid(CELLED_NOBODY, CELLED_NOBODY, CELLED_NOBODY) < 0 ||
	       setresuid(CELLED_NOBODY, CELLED_NOBODY, CELLED_NOBODY) < 0 ||
	       prctl(PR_SET_DUMPABLE, 1) < 0;
}

/* Only root needs no user namespace for it. */
static inline int
celled_enter(int flags)
{
	const struct keeper_order order = { .has_user = true };
	int user_fd = -1, network_fd = -1;

	if (celled_as_nobody)
		want(celled_become_nobody() == 0);
	if (geteuid() != 0) {
		want(keeper_make(&order, &user_fd, &network_fd) == 0);
		want(setns(user_fd, CLONE_NEWUSER) == 0);
		close_fd(&user_fd);
	}
	want(unshare(flags) == 0);
	return 0;
}

/* The stage, in namespaces that were just made. */
static inline int
celled_mount(const struct plan_mounts *mounts)
{
	const struct plan_isolation isolation = { .make = CLONE_NEWNS, .mounts = mounts };
	const struct plan plan = { .isolation = &isolation };

	celled_report = (struct report){ 0 };
	return stage_mounts(&plan, &celled_birth);
}

/* The piece, made by root (or whoever the test runs as) and made by nobody: it begins
 * with celled_enter(). */
static inline int
celled_apart(int (*piece)(void))
{
	int failed;

	celled_as_nobody = false;
	failed = apart(piece);
	if (failed != 0)
		return failed;
	celled_as_nobody = true;
	return apart(piece);
}

/* ---- the directories ------------------------------------------------------------- */

static struct scratch scratch;

/* What the tests find there; everybody may write, so that it is the mount that forbids.
 */
static const char *const dirs[] = { "kept", "kept/below", "other", "secret", "jail",
	"jail/proc", "jail/dev", "jail/tmp", "jail/var", "jail/var/tmp", "jail/etc" };

static inline int
celled_make(void **state)
{
	char link[256];

	(void)state;
	(void)umask(0);
	scratch_init(&scratch);
	if (chmod(scratch.dir, 0755) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdir(scratch_path(&scratch, dirs[i]), 0777) < 0)
			return -1;
	(void)scratch_file(&scratch, "secret/file", "told to nobody", 0666);
	(void)scratch_file(&scratch, "jail/etc/word", "in the jail", 0666);
	(void)snprintf(link, sizeof(link), "%s/secret", scratch.dir);
	if (symlink(link, scratch_path(&scratch, "link")) < 0)
		return -1;
	return symlink("/etc/word", scratch_path(&scratch, "jail/link"));
}

static inline int
celled_remove(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

static inline const char *
at(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, 256, "%s/%s", scratch.dir, name);
	return path;
}

/* 0, or the errno of making a file there. */
static inline int
write_there(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return errno;
	return write(fd, "x", 1) == 1 && close(fd) == 0 ? 0 : -1;
}

static inline int
entries(const char *path)
{
	DIR *dir = opendir(path);
	int count = -2;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}
