#include "patience.h"

#include <poll.h>
#include <time.h>

#include "base.h"

static msec
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (msec)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

short
patience_wait(int fd, short events, int most_ms)
{
	struct pollfd ready = { .fd = fd, .events = events };
	msec until = now() + most_ms;
	int rc = poll(&ready, 1, most_ms);

	while (rc < 0 && errno == EINTR) {
		msec left = until - now();

		rc = poll(&ready, 1, left > 0 ? (int)left : 0);
	}
	return rc <= 0 ? (short)0 : ready.revents;
}

void
patience_pause(int ms)
{
	(void)patience_wait(-1, 0, ms);
}
