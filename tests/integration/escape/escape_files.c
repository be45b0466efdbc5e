/* Files: what is read, written, made and removed, by path.  The argument is the path. */
#include "escape.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static int
try_read(const char *path)
{
	char byte;
	int rc, fd = open(path, O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	rc = outcome(read(fd, &byte, 1));
	(void)close(fd);
	return rc;
}

/* Only opens it: nothing of the machine's own is written to. */
static int
try_open_to_write(const char *path)
{
	return outcome_fd(open(path, O_WRONLY));
}

static int
try_write(const char *path)
{
	int rc, fd = open(path, O_WRONLY | O_APPEND);

	if (fd < 0)
		return -errno;
	rc = outcome(write(fd, "x", 1));
	(void)close(fd);
	return rc;
}

/* What stands there already. */
static int
try_write_same(const char *path)
{
	char text[256];
	ssize_t length;
	int rc, fd = open(path, O_RDWR);

	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text));
	rc = length < 0 ? -errno : outcome(pwrite(fd, text, (size_t)length, 0));
	(void)close(fd);
	return rc;
}

static int
try_list(const char *path)
{
	DIR *dir = opendir(path);

	if (dir == NULL)
		return -errno;
	(void)closedir(dir);
	return 0;
}

static int
try_stat(const char *path)
{
	struct stat facts;

	return outcome(stat(path, &facts));
}

static int
try_create(const char *path)
{
	return outcome_fd(open(path, O_WRONLY | O_CREAT | O_EXCL, 0666));
}

static int
try_mkdir(const char *path)
{
	return outcome(mkdir(path, 0777));
}

static int
try_rename(const char *path)
{
	char moved[4096];

	(void)snprintf(moved, sizeof(moved), "%s.moved", path);
	return outcome(rename(path, moved));
}

static int
try_link(const char *path)
{
	char linked[4096];

	(void)snprintf(linked, sizeof(linked), "%s.linked", path);
	return outcome(link(path, linked));
}

static int
try_symlink(const char *path)
{
	return outcome(symlink("/etc/shadow", path));
}

static int
try_unlink(const char *path)
{
	return outcome(unlink(path));
}

static int
try_chmod(const char *path)
{
	return outcome(chmod(path, 0666));
}

static int
try_utime(const char *path)
{
	return outcome(utimensat(AT_FDCWD, path, NULL, 0));
}

static int
try_xattr(const char *path)
{
	return outcome(setxattr(path, "user.escape", "x", 1, 0));
}

static int
try_truncate(const char *path)
{
	return outcome(truncate(path, 0));
}

static int
try_fifo(const char *path)
{
	return outcome(mkfifo(path, 0666));
}

/* The device of the root file system; or a null device, where that has none. */
static int
try_mknod_disk(const char *path)
{
	struct stat facts;

	if (stat("/", &facts) < 0 || major(facts.st_dev) == 0)
		return outcome(mknod(path, S_IFCHR | 0666, makedev(1, 3)));
	return outcome(mknod(path, S_IFBLK | 0600, facts.st_dev));
}

/* A file of the folder by its number, past all directories above it. */
static int
try_open_by_handle(const char *path)
{
	char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	struct file_handle *handle = (struct file_handle *)space;
	int mount_id, rc, fd;

	handle->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, path, handle, &mount_id, 0) < 0)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return -errno;
	rc = outcome_fd(open_by_handle_at(fd, handle, O_RDONLY));
	(void)close(fd);
	return rc;
}

static int
try_fanotify(const char *unused)
{
	(void)unused;
	return outcome_fd(fanotify_init(FAN_CLASS_CONTENT, O_RDONLY));
}

/* Of another user; the kernel looks at the rights only where quotas are on. */
static int
try_quotactl(const char *unused)
{
	struct dqblk quota;

	(void)unused;
	return outcome_but(
	    quotactl(QCMD(Q_GETQUOTA, USRQUOTA), "/dev/null", 12345, (char *)&quota),
	    ENOTBLK);
}

/* A device's `..` from a folder that was opened before chroot(2). */
static int
leave_chroot(const char *path)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);
	struct stat facts;

	if (fd < 0)
		return -errno;
	if (chroot(path) < 0 || fchdir(fd) < 0 || chroot(".") < 0)
		return -errno;
	return outcome(stat("/usr", &facts));
}

static int
try_chroot(const char *path)
{
	return apart(leave_chroot, path);
}

const struct attempt escape_files[] = {
	{ "read", try_read },
	{ "open-to-write", try_open_to_write },
	{ "write", try_write },
	{ "write-same", try_write_same },
	{ "list", try_list },
	{ "stat", try_stat },
	{ "create", try_create },
	{ "mkdir", try_mkdir },
	{ "rename", try_rename },
	{ "link", try_link },
	{ "symlink", try_symlink },
	{ "unlink", try_unlink },
	{ "chmod", try_chmod },
	{ "utime", try_utime },
	{ "xattr", try_xattr },
	{ "truncate", try_truncate },
	{ "fifo", try_fifo },
	{ "mknod-disk", try_mknod_disk },
	{ "open-by-handle", try_open_by_handle },
	{ "fanotify", try_fanotify },
	{ "quotactl", try_quotactl },
	{ "chroot", try_chroot },
	{ NULL, NULL },
};
