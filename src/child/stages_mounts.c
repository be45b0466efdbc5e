#include "stages.h"

#include <linux/mount.h>
#include <sched.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef SYS_mount_setattr /* Linux 5.12, the same number on every machine but alpha */
#define SYS_mount_setattr 442
#endif
#define DETACH 2 /* MNT_DETACH: <sys/mount.h> and <linux/mount.h> exclude each other */

/* What nobody needs on a file system that holds no programs and no devices of ours. */
#define PLAIN (MS_NOSUID | MS_NODEV)

static int
mount_add(const char *source, const char *target, const char *type, unsigned long flags,
    const char *options)
{
	return syscall(SYS_mount, source, target, type, flags, options) < 0 ? -errno : 0;
}

/* What is optional is where it is. */
static bool
is_skipped(const struct plan_mount *mount, int rc)
{
	return mount->is_optional && (rc == -ENOENT || rc == -ENOTDIR);
}

static int
mounts_fail(const struct birth *birth, size_t which, int rc)
{
	birth->report->detail = (int)which + 1;
	return rc;
}

/* ---- another root ---------------------------------------------------------------- */

/*
 * From here on paths are those that the program will see, symbolic links included.  The
 * old root lies upon the new one, reached by nothing but our working directory, until
 * mounts_forget_root().
 */
static int
root_change(const char *root)
{
	int rc, old_fd = (int)syscall(
		    SYS_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old_fd < 0)
		return -errno;
	rc = mount_add(root, root, NULL, MS_BIND | MS_REC, NULL);
	if (rc == 0 && (chdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
			   syscall(SYS_fchdir, old_fd) < 0))
		rc = -errno;
	(void)syscall(SYS_close, old_fd); /* the table is the supervisor's */
	return rc;
}

static int
mounts_begin(const struct plan_mounts *mounts)
{
	int rc = mount_add(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

	if (rc < 0)
		return rc;
	if (mounts->root != NULL)
		return root_change(mounts->root);
	return chdir("/") < 0 ? -errno : 0;
}

static int
mounts_forget_root(const struct plan_mounts *mounts)
{
	if (mounts->root != NULL && syscall(SYS_umount2, ".", DETACH) < 0)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

/* A root without the directory has none. */
static int
mounts_proc(const struct plan_mounts *mounts, const struct birth *birth)
{
	int rc;

	if (!mounts->has_proc)
		return 0;
	rc = mount_add("proc", "/proc", "proc", PLAIN | MS_NOEXEC, NULL);
	if (rc == 0 || rc == -ENOENT)
		return 0;
	birth->report->detail = DETAIL_PROC;
	return rc;
}

/* ---- hidden ---------------------------------------------------------------------- */

/* The working directory is the root that has a /dev/null for certain. */
static int
path_hide(const char *path)
{
	int rc = mount_add("none", path, "tmpfs", PLAIN | MS_NOEXEC | MS_RDONLY,
	    "size=4k,nr_inodes=2,mode=555");

	return rc == -ENOTDIR ? mount_add("dev/null", path, NULL, MS_BIND, NULL) : rc;
}

static int
mounts_hide(const struct plan_mounts *mounts, const struct birth *birth)
{
	for (size_t i = 0; i < mounts->count; i++) {
		int rc;

		if (mounts->all[i].kind != MOUNT_HIDDEN)
			continue;
		rc = path_hide(mounts->all[i].path);
		if (rc < 0 && !is_skipped(&mounts->all[i], rc))
			return mounts_fail(birth, i, rc);
	}
	return 0;
}

/* ---- read-only ------------------------------------------------------------------- */

struct kept {
	size_t count;
	struct {
		size_t which;
		int fd;
	} all[PLAN_WRITABLE_MOST];
};

static int
kept_take(struct kept *kept, const struct plan_mounts *mounts, const struct birth *birth)
{
	for (size_t i = 0; i < mounts->count; i++) {
		int fd;

		if (mounts->all[i].kind != MOUNT_WRITABLE)
			continue;
		if (kept->count == PLAN_WRITABLE_MOST)
			return -E2BIG;
		fd = (int)syscall(SYS_open_tree, AT_FDCWD, mounts->all[i].path,
		    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		if (fd < 0 && is_skipped(&mounts->all[i], -errno))
			continue;
		if (fd < 0)
			return mounts_fail(birth, i, -errno);
		kept->all[kept->count].which = i;
		kept->all[kept->count++].fd = fd;
	}
	return 0;
}

static int
kept_put(
    const struct kept *kept, const struct plan_mounts *mounts, const struct birth *birth)
{
	for (size_t i = 0; i < kept->count; i++) {
		size_t which = kept->all[i].which;

		if (syscall(SYS_move_mount, kept->all[i].fd, "", AT_FDCWD,
			mounts->all[which].path,
			MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) < 0)
			return mounts_fail(birth, which, -errno);
	}
	return 0;
}

/*
 * What shall stay writable is put aside as it is, and laid over what then is read-only.
 * So nothing has to be made writable again: what was read-only before stays so, also
 * where the kernel would not let us change it (mounts that a user namespace has
 * inherited). Device nodes, sockets and pipes can be written to all the same.
 */
static int
mounts_read_only(const struct plan_mounts *mounts, const struct birth *birth)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	struct kept kept = { .count = 0 };
	int rc;

	if (!mounts->is_read_only)
		return 0;
	rc = kept_take(&kept, mounts, birth);
	if (rc == 0 && syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only,
			   sizeof(read_only)) < 0)
		rc = -errno;
	if (rc == 0)
		rc = kept_put(&kept, mounts, birth);
	for (size_t i = 0; i < kept.count; i++)
		(void)syscall(SYS_close, kept.all[i].fd);
	return rc;
}

/* ---- private --------------------------------------------------------------------- */

/* One file system for all of them: they share its room. */
static int
mounts_private(const struct plan_mounts *mounts, const struct birth *birth)
{
	const char *first = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const char *path = mounts->all[i].path;
		int rc;

		if (mounts->all[i].kind != MOUNT_PRIVATE)
			continue;
		if (first == NULL)
			rc = mount_add(
			    "tmpfs", path, "tmpfs", PLAIN, mounts->private_size);
		else
			rc = mount_add(first, path, NULL, MS_BIND, NULL);
		if (rc < 0 && !is_skipped(&mounts->all[i], rc))
			return mounts_fail(birth, i, rc);
		if (rc == 0 && first == NULL)
			first = path;
	}
	return 0;
}

/* ---- the stages ------------------------------------------------------------------ */

int
stage_mounts(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;
	const struct plan_mounts *mounts = isolation == NULL ? NULL : isolation->mounts;
	int rc;

	if (mounts == NULL || (isolation->make & CLONE_NEWNS) == 0)
		return 0;
	rc = mounts_begin(mounts);
	if (rc == 0)
		rc = mounts_proc(mounts, birth);
	if (rc == 0)
		rc = mounts_hide(mounts, birth);
	if (rc == 0)
		rc = mounts_forget_root(mounts);
	if (rc == 0)
		rc = mounts_read_only(mounts, birth);
	return rc < 0 ? rc : mounts_private(mounts, birth);
}

int
stage_root(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;

	(void)birth;
	if (isolation == NULL || isolation->root == NULL)
		return 0;
	if (syscall(SYS_chroot, isolation->root) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}
