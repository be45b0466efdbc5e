/*
 * io -- whole writes, and errors in words
 */
#include "io.h"

#include "sys.h"

static const struct reason {
	int error;
	const char *text;
} reasons[] = {
	{ EPERM, "Operation not permitted" },
	{ ENOENT, "No such file or directory" },
	{ EIO, "Input/output error" },
	{ ENXIO, "No such device or address" },
	{ E2BIG, "Argument list too long" },
	{ ENOEXEC, "Exec format error" },
	{ EAGAIN, "Resource temporarily unavailable" },
	{ ENOMEM, "Cannot allocate memory" },
	{ EACCES, "Permission denied" },
	{ ENODEV, "No such device" },
	{ ENOTDIR, "Not a directory" },
	{ EISDIR, "Is a directory" },
	{ EINVAL, "Invalid argument" },
	{ ENFILE, "Too many open files in system" },
	{ EMFILE, "Too many open files" },
	{ ENOTTY, "Inappropriate ioctl for device" },
	{ ETXTBSY, "Text file busy" },
	{ ENOSPC, "No space left on device" },
	{ ENAMETOOLONG, "File name too long" },
	{ ELOOP, "Too many levels of symbolic links" },
};

long
io_read(int fd, void *bytes, size_t size)
{
	long count;

	do
		count = sys_read(fd, bytes, size);
	while (count == -EINTR);
	return count;
}

long
io_write(int fd, const void *bytes, size_t count)
{
	const char *next = bytes;

	while (count > 0) {
		long written = sys_write(fd, next, count);

		if (written == -EINTR)
			continue;
		if (written < 0)
			return written;
		next += written;
		count -= (size_t)written;
	}
	return 0;
}

void
io_complain_texts(const char *const texts[])
{
	char line[1024];
	size_t length = 0;

	for (size_t i = 0; texts[i] != NULL; i++)
		for (const char *from = texts[i]; *from != '\0'; from++)
			if (length < sizeof(line) - 1)
				line[length++] = *from;
	line[length++] = '\n';
	(void)io_write(SYS_ERROR, line, length);
}

const char *
io_reason(long error)
{
	static char unnamed[sizeof("error 0000")];
	static const char word[] = "error ";
	char *digit = unnamed + sizeof(unnamed) - 1;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == -error)
			return reasons[i].text;
	for (size_t i = 0; i < sizeof(word) - 1; i++)
		unnamed[i] = word[i];
	for (long left = -error; digit > unnamed + sizeof(word) - 1; left /= 10)
		*--digit = (char)('0' + left % 10);
	return unnamed;
}
