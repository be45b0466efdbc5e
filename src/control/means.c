#include "means.h"

#include <time.h>

void
means_update_now(struct means *means)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	means->now = (msec)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
