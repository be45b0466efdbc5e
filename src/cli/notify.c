#include "notify.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/timerfd.h>

#include "base.h"
#include "text.h"

/* How long a manager that does not read may hold us up.  Of a state that it is never told
 * it makes a start that has failed, or a reload without end. */
#define SEND_TIMEOUT_S 2

static int
manager_address(struct notify *notify, const char *path)
{
	size_t length = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || path[1] == '\0' ||
	    length >= sizeof(notify->manager.sun_path))
		return -EINVAL;
	notify->manager.sun_family = AF_UNIX;
	memcpy(notify->manager.sun_path, path, length);
	if (path[0] == '@')
		notify->manager.sun_path[0] = '\0';
	memcpy(notify->path, path, length + 1);
	notify->manager_len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

static uint64_t
watchdog_interval(const char *usec, const char *pid)
{
	uint64_t interval, number;

	if (usec == NULL || text_parse_number(usec, 2000, INT64_MAX, &interval) < 0)
		return 0;
	if (pid != NULL && (text_parse_number(pid, 1, INT_MAX, &number) < 0 ||
			       number != (uint64_t)getpid()))
		return 0;
	return interval;
}

void
notify_init(struct notify *notify)
{
	static const char *const variables[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC",
		"WATCHDOG_PID" };
	const struct timeval timeout = { .tv_sec = SEND_TIMEOUT_S };
	const char *path = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){ .fd = -1 };
	if (path != NULL && manager_address(notify, path) == 0) {
		notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		notify->watchdog_usec =
		    watchdog_interval(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	}
	if (notify->fd >= 0)
		(void)setsockopt(
		    notify->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		(void)unsetenv(variables[i]);
}

void
notify_done(struct notify *notify)
{
	close_fd(&notify->fd);
}

/* Who has been waited for in vain is not waited for again until he reads. */
static void
send_text(struct notify *notify, const char *text, size_t length, int flags)
{
	if (notify->is_behind)
		flags |= MSG_DONTWAIT;
	if (sendto(notify->fd, text, length, MSG_NOSIGNAL | flags,
		(const struct sockaddr *)&notify->manager, notify->manager_len) >= 0)
		notify->is_behind = false;
	else if (errno == EAGAIN && flags == 0)
		notify->is_behind = true;
}

void
notify_send(struct notify *notify, const char *format, ...)
{
	char message[1024];
	va_list words;
	int length;

	if (notify->fd < 0)
		return;
	va_start(words, format);
	length = vsnprintf(message, sizeof(message), format, words);
	va_end(words);
	if (length < 0)
		return;
	if ((size_t)length >= sizeof(message))
		length = sizeof(message) - 1;
	send_text(notify, message, (size_t)length, 0);
}

void
notify_ping(struct notify *notify)
{
	static const char ping[] = "WATCHDOG=1";

	send_text(notify, ping, sizeof(ping) - 1, MSG_DONTWAIT);
}

int
notify_watchdog_open(struct notify *notify)
{
	const uint64_t half = notify->watchdog_usec / 2;
	const struct timespec period = { .tv_sec = (time_t)(half / 1000000),
		.tv_nsec = (long)(half % 1000000) * 1000 };
	const struct itimerspec timer = { .it_value = period, .it_interval = period };
	cleanup_(close_fd) int fd = -1;

	if (half == 0)
		return -1;
	/* After an upgrade up to half of the interval is over already. */
	notify_ping(notify);
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (fd < 0 || timerfd_settime(fd, 0, &timer, NULL) < 0)
		return -errno;
	return take_fd(&fd);
}
