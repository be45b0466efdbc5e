/*
 * landlock -- the system calls of landlock(7), and the numbers that older headers lack
 *
 * Async-signal-safe, for a cell makes its ruleset between clone and exec; the supervisor
 * makes the others.  The numbers are those of Linux 6.15, include/uapi/linux/landlock.h;
 * with each the first ABI that has it, and its kernel.
 */
#pragma once

#include <linux/landlock.h>

#include "isolation_plan.h"

/* ABI 2, Linux 5.19: LANDLOCK_ACCESS_FS_REFER, which Debian 12 has. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE /* ABI 3, Linux 6.2 */
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP /* ABI 4, Linux 6.7 */
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV /* ABI 5, Linux 6.10 */
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_SCOPE_SIGNAL /* ABI 6, Linux 6.12 */
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

/* The rights that a file has which is no directory: the others are EINVAL there. */
#define LANDLOCK_FILE_RIGHTS                                                             \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                    \
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |                 \
	    LANDLOCK_ACCESS_FS_IOCTL_DEV)

/* Which ABI the kernel has; -ENOSYS: none, -EOPNOTSUPP: switched off when it was booted.
 */
int landlock_abi(void);

/* A path as it is found below `root` (NULL: as it is), whatever links say: O_PATH and
 * close-on-exec.  The descriptor, or -errno. */
int landlock_open(const char *root, const char *path);

/* A ruleset, close-on-exec.  A path that is not there is -ENOENT unless its rule is
 * optional. */
int landlock_make(const struct plan_ruleset *, int *ret_fd);

/* This process, and those it makes, for good.  Wants no-new-privileges or
 * CAP_SYS_ADMIN. */
int landlock_restrict(int ruleset_fd);
