/*
 * spare -- the limit of processes started ahead
 *
 *     limit-spare PORT PROCESSES [-s]
 *
 * Each of PROCESSES waits in accept, echoes on one connection and ends.  -s: each in a
 * session of its own.
 */
#include <err.h>
#include <string.h>

#include "spares.h"

static char buffer[16384];

static void
spare_serve(int fd)
{
	limit_echo(fd, buffer, sizeof(buffer));
}

int
main(int argc, char **argv)
{
	if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "-s") != 0))
		errx(2, "usage: limit-spare PORT PROCESSES [-s]");

	const struct spares spares = { .serve = spare_serve, .has_session = argc == 4 };

	spares_run(limit_listen(argv[1]), argv[2], &spares);
}
