#include "logsink.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LAST_FLUSH_MS 200
#define RETRY_MS 200

static const struct sockaddr_un journal = {
	.sun_family = AF_UNIX,
	.sun_path = "/run/systemd/journal/socket",
};

/* ---- opening ----------------------------------------------------------------------- */

/* Whoever started us shares stderr's description, and with it its O_NONBLOCK; a second
 * opening of the same pipe or terminal has flags of its own. */
static void
open_stderr(struct logsink *sink)
{
	struct stat file;
	int fd;

	sink->fd = STDERR_FILENO;
	if (fstat(STDERR_FILENO, &file) < 0)
		return;
	sink->is_regular = S_ISREG(file.st_mode);
	if (S_ISSOCK(file.st_mode)) {
		sink->way = LOGSINK_SOCKET;
		return;
	}
	if (!S_ISFIFO(file.st_mode) && !isatty(STDERR_FILENO))
		return;
	sink->way = LOGSINK_POLL;
	fd = open(
	    "/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	sink->way = LOGSINK_WRITE;
	sink->fd = fd;
	sink->fd_is_ours = true;
}

/* Not connected for good: the journal may restart, and its socket with it. */
static int
open_journal(struct logsink *sink)
{
	cleanup_(close_fd) int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (probe < 0 ||
	    connect(probe, (const struct sockaddr *)&journal, sizeof(journal)) < 0)
		return -errno;
	sink->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sink->fd < 0)
		return -errno;
	sink->fd_is_ours = true;
	sink->way = LOGSINK_JOURNAL;
	return 0;
}

bool
logsink_has_journal(void)
{
	return access(journal.sun_path, W_OK) == 0;
}

int
logsink_init(struct logsink *sink, enum format_kind format, bool is_quiet)
{
	int failed;

	memset(sink, 0, sizeof(*sink));
	sink->format = format;
	sink->most_detailed = is_quiet ? PRONG_WARNING : PRONG_INFO;
	sink->fd = -1;
	failed = ring_init(&sink->ring, LOGSINK_RING_BYTES);
	if (failed < 0)
		return failed;
	if (format != FORMAT_JOURNALD) {
		open_stderr(sink);
		return 0;
	}
	failed = open_journal(sink);
	if (failed < 0)
		ring_done(&sink->ring);
	return failed;
}

/* ---- collecting -------------------------------------------------------------------- */

static bool
put_record(struct logsink *sink, const char *bytes, size_t length)
{
	uint32_t size = (uint32_t)length;

	if (sink->way != LOGSINK_JOURNAL)
		return ring_put(&sink->ring, bytes, length);
	if (sizeof(size) + length > sink->ring.size - sink->ring.used)
		return false;
	return ring_put(&sink->ring, &size, sizeof(size)) &&
	       ring_put(&sink->ring, bytes, length);
}

static bool
put_event(struct logsink *sink, const struct prong_event *event)
{
	static void (*const formats[])(struct text *, const struct prong_event *,
	    const struct timespec *, struct format_clock *) = {
		[FORMAT_TEXT] = format_text,
		[FORMAT_JSON] = format_json,
		[FORMAT_JOURNALD] = format_journald,
	};
	struct text line = TEXT_ON(sink->line);
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	formats[sink->format](&line, event, &now, &sink->clock);
	return put_record(sink, line.at, line.used);
}

/* The gap in the log is told of at its place, once half of the ring is free again. */
static bool
tell_dropped(struct logsink *sink)
{
	const struct prong_field lines = { .key = "lines",
		.number = (int64_t)sink->dropped };
	const struct prong_event event = {
		.name = "log-dropped",
		.level = PRONG_WARNING,
		.sentence =
		    "{lines} log line{lines:s} dropped: the reader of the log was too "
		    "slow or gone",
		.fields = &lines,
		.field_count = 1,
	};

	if (sink->dropped == 0)
		return true;
	if (sink->ring.used > sink->ring.size / 2 || !put_event(sink, &event))
		return false;
	sink->told += sink->dropped;
	sink->dropped = 0;
	return true;
}

void
logsink_put(struct logsink *sink, const struct prong_event *event)
{
	if (event->level > sink->most_detailed)
		return;
	if (!tell_dropped(sink) || !put_event(sink, event))
		sink->dropped++;
}

void
logsink_fail(struct logsink *sink, const char *text)
{
	const struct prong_field field = { .key = "text", .text = text };
	const struct prong_event event = {
		.name = "failed",
		.level = PRONG_ERR,
		.sentence = "{text}",
		.fields = &field,
		.field_count = 1,
	};
	if (sink->format == FORMAT_TEXT) {
		logsink_put_plain(sink, "prong: ");
		logsink_put_plain(sink, text);
		logsink_put_plain(sink, "\n");
		return;
	}
	logsink_put(sink, &event);
}

void
logsink_put_plain(struct logsink *sink, const char *text)
{
	if (sink->format == FORMAT_TEXT)
		(void)ring_put(&sink->ring, text, strlen(text));
}

/* ---- writing ----------------------------------------------------------------------- */

/* write(2) to a description that others share blocks unless poll(2) promised PIPE_BUF
 * bytes of room. */
static ssize_t
write_polled(const struct logsink *sink)
{
	struct pollfd ready = { .fd = sink->fd, .events = POLLOUT };
	struct iovec parts[2];

	if (poll(&ready, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return writev(sink->fd, parts, ring_peek(&sink->ring, PIPE_BUF, parts));
}

static ssize_t
write_some(const struct logsink *sink)
{
	struct iovec parts[2];
	int count = ring_peek(&sink->ring, sink->ring.used, parts);
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = (size_t)count };

	if (sink->way == LOGSINK_POLL)
		return write_polled(sink);
	if (sink->way == LOGSINK_SOCKET)
		return sendmsg(sink->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	return writev(sink->fd, parts, count);
}

static int
flush_stream(struct logsink *sink)
{
	while (sink->ring.used > 0) {
		ssize_t written = write_some(sink);

		if (written <= 0)
			return written < 0 ? -errno : -EAGAIN;
		ring_take(&sink->ring, (size_t)written);
	}
	return 0;
}

static int
flush_journal(struct logsink *sink)
{
	while (sink->ring.used > 0) {
		char record[LOGSINK_LINE_BYTES];
		uint32_t size;
		ssize_t sent;

		ring_copy(&sink->ring, 0, &size, sizeof(size));
		ring_copy(&sink->ring, sizeof(size), record, size);
		sent = sendto(sink->fd, record, size, MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)&journal, sizeof(journal));
		if (sent < 0 && errno != EMSGSIZE)
			return -errno;
		ring_take(&sink->ring, sizeof(size) + size);
		sink->dropped += sent < 0;
	}
	return 0;
}

/* May the same bytes have better luck later? */
static bool
is_passing(const struct logsink *sink, int error)
{
	switch (error) {
	case EAGAIN:
	case EINTR:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return true;
	case EIO:
		return sink->is_regular;
	case ENOENT:
	case ECONNREFUSED:
		return sink->way == LOGSINK_JOURNAL;
	default:
		return false;
	}
}

static size_t
records_in_ring(const struct logsink *sink)
{
	size_t count = 0;
	uint32_t size;

	if (sink->way != LOGSINK_JOURNAL)
		return ring_lines(&sink->ring);
	for (size_t at = 0; at < sink->ring.used; at += sizeof(size) + size, count++)
		ring_copy(&sink->ring, at, &size, sizeof(size));
	return count;
}

/* Nobody reads any more: keeping lines would only make the next reader's log old. */
static void
discard_all(struct logsink *sink)
{
	sink->dropped += records_in_ring(sink) + sink->told - (sink->told > 0);
	sink->told = 0;
	ring_take(&sink->ring, sink->ring.used);
}

static int
flush_once(struct logsink *sink)
{
	int failed =
	    sink->way == LOGSINK_JOURNAL ? flush_journal(sink) : flush_stream(sink);

	if (failed == 0)
		sink->told = 0;
	else if (!is_passing(sink, -failed))
		discard_all(sink);
	return failed;
}

void
logsink_flush(struct logsink *sink)
{
	if (sink->ring.used == 0 || flush_once(sink) < 0)
		return;
	if (sink->dropped > 0 && tell_dropped(sink))
		(void)flush_once(sink);
}

/* ---- a backlog --------------------------------------------------------------------- */

/* Being awake is all that is wanted: every turn flushes. */
static void
on_writable(uint32_t events, void *context)
{
	(void)events;
	(void)context;
}

void
logsink_watch(struct logsink *sink, struct prong *prong)
{
	bool is_wanted = sink->ring.used > 0 && sink->way != LOGSINK_JOURNAL;

	if (is_wanted == sink->is_watched)
		return;
	if (!is_wanted)
		prong_unwatch(prong, sink->fd);
	else if (prong_watch(prong, sink->fd, EPOLLOUT, on_writable, NULL) < 0)
		return;
	sink->is_watched = is_wanted;
}

/* Regular files cannot be watched, and of the journal's socket epoll would only say that
 * our own end is writable. */
int
logsink_wait(const struct logsink *sink)
{
	return sink->ring.used > 0 && !sink->is_watched ? RETRY_MS : -1;
}

static msec
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (msec)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
logsink_finish(struct logsink *sink)
{
	const msec end = now_ms() + LAST_FLUSH_MS;

	for (;;) {
		msec left = end - now_ms();
		struct pollfd ready = { .fd = sink->fd, .events = POLLOUT };

		logsink_flush(sink);
		if (sink->ring.used == 0 || left <= 0)
			break;
		/* A file or the journal is "ready" at once, whatever it said. */
		if (sink->way == LOGSINK_JOURNAL || sink->is_regular)
			(void)poll(NULL, 0, 10);
		else
			(void)poll(&ready, 1, (int)left);
	}
}

void
logsink_done(struct logsink *sink)
{
	logsink_finish(sink);
	ring_done(&sink->ring);
	if (sink->fd_is_ours)
		close_fd(&sink->fd);
}
