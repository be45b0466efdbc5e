/*
 * stream -- the limit of one connection's bytes per second
 *
 *     limit-stream PORT BUFFER_BYTES
 *
 * One connection after the other, read and written back by the accepting process.
 */
#include <err.h>

#include "limit.h"

int
main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: limit-stream PORT BUFFER_BYTES");

	size_t size = strtoul(argv[2], NULL, 10);
	char *buffer = malloc(size);
	int listener = limit_listen(argv[1]);

	if (size == 0 || buffer == NULL)
		err(2, "a buffer of %s bytes", argv[2]);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			err(111, "accept");
		limit_echo(fd, buffer, size);
		(void)close(fd);
	}
}
