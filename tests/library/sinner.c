/*
 * sinner -- what a library must not do, for check-library to find
 *
 * Never run: only its object file is looked at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sinner.h"

static int calls;
static _Thread_local int calls_here;

static void __attribute__((constructor)) sinner_begin(void)
{
	calls = getpid();
}

int
sinner_sin(int fd)
{
	calls++;
	calls_here += fd;
	(void)printf("%d %d\n", calls, calls_here);
	if (getenv("SINNER") != NULL)
		exit(1);
	return close(fd);
}
