/* Mounts and namespaces.  Where a path is the argument, it is a folder of the test. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> exclude each other. */
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);
#define EXPIRE 4 /* MNT_EXPIRE */
#define DETACH 2 /* MNT_DETACH */

static int
try_mount_tmpfs(const char *path)
{
	int rc = outcome(mount("escape", path, "tmpfs", 0, "size=4k"));

	if (rc == 0)
		(void)umount2(path, DETACH);
	return rc;
}

static int
try_mount_bind(const char *path)
{
	int rc = outcome(mount("/usr", path, NULL, MS_BIND, NULL));

	if (rc == 0)
		(void)umount2(path, DETACH);
	return rc;
}

/* Of a mount that the test has made: it is only marked. */
static int
try_umount(const char *path)
{
	return outcome_but(umount2(path, EXPIRE), EAGAIN);
}

/* What is writable already stays as it is. */
static int
try_remount_writable(const char *unused)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	(void)unused;
	return outcome(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof(attr)));
}

static int
try_fsopen(const char *unused)
{
	(void)unused;
	return outcome_fd((int)syscall(SYS_fsopen, "tmpfs", 0));
}

static int
try_open_tree(const char *unused)
{
	(void)unused;
	return outcome_fd(
	    (int)syscall(SYS_open_tree, AT_FDCWD, "/usr", 1 /* OPEN_TREE_CLONE */));
}

/* Two places that cannot be those of a pivot_root. */
static int
try_pivot_root(const char *unused)
{
	int rc;

	(void)unused;
	rc = outcome_but(syscall(SYS_pivot_root, "/", "/"), EBUSY);
	return rc == -EINVAL ? 0 : rc;
}

static int
leave(const char *flags)
{
	return outcome(unshare((int)number(flags)));
}

/* The argument is CLONE_NEW..., a number. */
static int
try_unshare(const char *flags)
{
	return apart(leave, flags);
}

static int
enter(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -errno;
	return outcome(setns(fd, 0));
}

/* The argument is a file of /proc/PID/ns. */
static int
try_setns(const char *path)
{
	return apart(enter, path);
}

static int
enter_by_pidfd(const char *pid)
{
	int fd = (int)syscall(SYS_pidfd_open, number(pid), 0);

	if (fd < 0)
		return -errno;
	return outcome(setns(fd, CLONE_NEWNET | CLONE_NEWNS));
}

static int
try_setns_pidfd(const char *pid)
{
	return apart(enter_by_pidfd, pid);
}

static int
clone_with(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return outcome(pid);
}

static int
try_clone_user(const char *unused)
{
	(void)unused;
	return clone_with(CLONE_NEWUSER);
}

/* Above the 32 bits that the kernel looks at. */
static int
try_clone_user_high_bits(const char *unused)
{
	(void)unused;
	return clone_with(CLONE_NEWUSER | 1UL << 40);
}

/* Its flags are in memory, where no filter can see them. */
static int
try_clone3_user(const char *unused)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	(void)unused;
	if (pid == 0)
		_exit(0);
	return outcome(pid);
}

const struct attempt escape_mounts[] = {
	{ "mount-tmpfs", try_mount_tmpfs },
	{ "mount-bind", try_mount_bind },
	{ "umount", try_umount },
	{ "remount-writable", try_remount_writable },
	{ "fsopen", try_fsopen },
	{ "open-tree", try_open_tree },
	{ "pivot-root", try_pivot_root },
	{ "unshare", try_unshare },
	{ "setns", try_setns },
	{ "setns-pidfd", try_setns_pidfd },
	{ "clone-user", try_clone_user },
	{ "clone-user-high-bits", try_clone_user_high_bits },
	{ "clone3-user", try_clone3_user },
	{ NULL, NULL },
};
