/* The built-ins, executable from memory. */
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#include "spawn.h"

/* Linux 6.3; earlier ones answer EINVAL and need no flag. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static int
image_write(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

static int
image_create(void)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("prong-builtin", flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("prong-builtin", flags);
	return fd < 0 ? -errno : fd;
}

int
spawn_load_image(
    struct nursery *nursery, const void *bytes, size_t size, const char *fallback_path)
{
	cleanup_(close_fd) int fd = image_create();

	if (fd >= 0) {
		int rc = image_write(fd, bytes, size);

		if (rc < 0)
			return rc;
	} else {
		fd = open(fallback_path, O_PATH | O_CLOEXEC);
		if (fd < 0)
			return -EACCES;
	}
	if (dup3(fd, nursery->image_fd, O_CLOEXEC) < 0)
		return -errno;
	nursery->has_image = true;
	return 0;
}
