/*
 * scratch -- a directory of a test's own, with the files it asks for
 */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char dir[64];
	char path[256]; /* of the file that was asked for last */
};

static inline void
scratch_init(struct scratch *scratch)
{
	memcpy(scratch->dir, "/tmp/prong-unit-XXXXXX", 23);
	if (mkdtemp(scratch->dir) == NULL)
		abort();
}

static inline int
scratch_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
scratch_done(struct scratch *scratch)
{
	(void)nftw(scratch->dir, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* Where a file of that name would be. */
static inline const char *
scratch_path(struct scratch *scratch, const char *name)
{
	(void)snprintf(scratch->path, sizeof(scratch->path), "%s/%s", scratch->dir, name);
	return scratch->path;
}

static inline const char *
scratch_file(struct scratch *scratch, const char *name, const char *content, mode_t mode)
{
	const char *path = scratch_path(scratch, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content) ||
	    fchmod(fd, mode) < 0 || close(fd) < 0)
		abort();
	return path;
}
