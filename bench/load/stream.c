/*
 * stream -- see stream.h
 */
#include "stream.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STREAM_CHUNK = 256 * 1024, STREAM_PATIENCE_MS = 5000 };

struct stream {
	int fd;
	bool is_sending, is_broken, has_ended;
	uint64_t until_ns, sent, returned;
};

static char chunk[STREAM_CHUNK];

static void
stream_send(struct stream *stream)
{
	ssize_t sent;

	if (tally_now_ns() >= stream->until_ns) {
		(void)shutdown(stream->fd, SHUT_WR);
		stream->is_sending = false;
		return;
	}
	sent = send(stream->fd, chunk, sizeof(chunk), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent > 0)
		stream->sent += (uint64_t)sent;
	else if (errno != EAGAIN && errno != EINTR)
		stream->is_broken = true;
}

/* MSG_TRUNC: TCP drops the bytes without copying them. */
static void
stream_take(struct stream *stream)
{
	ssize_t got = recv(stream->fd, chunk, sizeof(chunk), MSG_TRUNC | MSG_DONTWAIT);

	if (got > 0)
		stream->returned += (uint64_t)got;
	else if (got == 0)
		stream->has_ended = true;
	else if (errno != EAGAIN && errno != EINTR)
		stream->is_broken = true;
}

static void
stream_turn(struct stream *stream)
{
	short events = stream->is_sending ? POLLIN | POLLOUT : POLLIN;
	struct pollfd poller = { .fd = stream->fd, .events = events };

	if (poll(&poller, 1, STREAM_PATIENCE_MS) <= 0) {
		stream->is_broken = true;
		return;
	}
	if (poller.revents & (POLLIN | POLLHUP | POLLERR))
		stream_take(stream);
	if (stream->is_sending && (poller.revents & POLLOUT))
		stream_send(stream);
}

static int
stream_connect(struct dial *dial)
{
	bool is_connected;
	int fd = dial_open(dial, &is_connected);
	struct pollfd poller = { .fd = fd, .events = POLLOUT };

	if (fd < 0)
		errx(111, "the connection cannot be opened");
	if (!is_connected && poll(&poller, 1, STREAM_PATIENCE_MS) <= 0)
		errx(111, "the server does not answer");
	if (dial_result(fd) < 0)
		errx(111, "the server refuses the connection");
	return fd;
}

void
stream_run(struct dial *dial, uint64_t seconds_ns, struct tally *tally)
{
	uint64_t start = tally_now_ns();
	struct stream stream = { .fd = stream_connect(dial),
		.is_sending = true,
		.until_ns = start + seconds_ns };

	while (!stream.is_broken && !stream.has_ended)
		stream_turn(&stream);
	(void)close(stream.fd);

	tally->seconds = (double)(tally_now_ns() - start) / 1e9;
	tally->bytes = stream.returned;
	if (stream.has_ended && stream.returned == stream.sent && stream.sent > 0)
		tally_add(tally, 0, tally_now_ns() - start);
	else
		tally->failed++;
}
