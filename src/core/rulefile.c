#include "rulefile.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int
rulefile_fail(struct text *wrong, const char *why, int rc)
{
	text_put(wrong, why);
	return rc;
}

static int
rulefile_fail_open(const char *path, struct text *wrong, int rc)
{
	if (rc == -ENOENT && strchr(path, '=') != NULL)
		return rulefile_fail(
		    wrong, "does not exist; options stand on the lines of the file", rc);
	if (rc == -ENOENT)
		return rulefile_fail(
		    wrong, "does not exist; make it, it may be empty, or name none", rc);
	text_printf(wrong, "cannot be read: %s", text_errno(-rc));
	if (rc == -EACCES)
		text_printf(wrong, "; user %u must be allowed to", geteuid());
	return rc;
}

/* Not blocking: nothing waits here until somebody writes to a FIFO. */
static int
rulefile_open(const char *path, int *ret_fd, size_t *ret_size, struct text *wrong)
{
	cleanup_(close_fd) int fd = -1;
	struct stat st;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return rulefile_fail_open(path, wrong, -errno);
	if (S_ISDIR(st.st_mode))
		return rulefile_fail(
		    wrong, "is a directory; name each file in it", -EISDIR);
	if (!S_ISREG(st.st_mode))
		return rulefile_fail(wrong,
		    "is not a regular file, which alone can be read whole", -EINVAL);
	if (st.st_size > RULEFILE_MOST)
		return rulefile_fail(
		    wrong, "has more than 64 MB; several files may be named", -EFBIG);
	*ret_size = (size_t)st.st_size;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* One byte more than it should have is asked for: the file may be growing. */
static int
rulefile_fill(int fd, char *bytes, size_t size, size_t *ret_count)
{
	size_t count = 0;

	while (count < size) {
		ssize_t n = read(fd, bytes + count, size - count);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		count += n > 0 ? (size_t)n : 0;
	}
	if (count == size)
		return -EAGAIN;
	bytes[count] = '\0';
	*ret_count = count;
	return 0;
}

int
rulefile_read(const char *path, char **ret_bytes, size_t *ret_count, struct text *wrong)
{
	cleanup_(free_text) char *bytes = NULL;
	cleanup_(close_fd) int fd = -1;
	size_t size = 0;
	int rc = rulefile_open(path, &fd, &size, wrong);

	if (rc < 0)
		return rc;
	bytes = malloc(size + 1);
	if (bytes == NULL)
		return -ENOMEM;
	rc = rulefile_fill(fd, bytes, size + 1, ret_count);
	if (rc == -EAGAIN)
		return rulefile_fail(wrong,
		    "grew while it was read; write it anew and rename it into place", rc);
	if (rc < 0)
		return rulefile_fail_open(path, wrong, rc);
	*ret_bytes = take_text(&bytes);
	return 0;
}

const char *
rulefile_doubt(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	if ((st.st_mode & S_IWOTH) != 0)
		return "everybody may write this file (chmod o-w)";
	if (geteuid() == 0 && st.st_uid != 0)
		return "prong runs as root, and this file belongs to somebody else";
	return NULL;
}
