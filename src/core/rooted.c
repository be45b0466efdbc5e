#include "rooted.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "base.h"

/* Linux 5.6. */
static int
rooted_open(const char *root, const char *path)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT };
	cleanup_(close_fd) int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? -1 : (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

const char *
rooted_path(const char *root, const char *path, char buffer[PATH_MAX])
{
	cleanup_(close_fd) int fd = -1;
	char link[32];
	ssize_t length;

	if (root == NULL)
		return path;
	fd = rooted_open(root, path);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = fd < 0 ? 0 : readlink(link, buffer, PATH_MAX - 1);
	buffer[length < 0 ? 0 : length] = '\0';
	return buffer;
}
