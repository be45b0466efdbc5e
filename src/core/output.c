#include "output.h"

#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "conn.h"
#include "engine.h"

#define READ_SIZE 4096
#define LOOK_BYTES (64 * 1024) /* at most, per turn and at the end: a pipe's worth */
#define SECOND_MS 1000

int
output_grow(struct output_rests *rests, uint32_t capacity)
{
	struct output_rest *pool = reallocarray(NULL, capacity, sizeof(*pool));

	if (pool == NULL)
		return -ENOMEM;
	rests->pools[rests->count++] = pool;
	return 0;
}

void
output_done(struct output_rests *rests)
{
	while (rests->count > 0)
		free(rests->pools[--rests->count]);
}

int
output_begin(struct conn *conn, int *ret_write_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	conn->error_fd = fds[0];
	*ret_write_fd = fds[1];
	return fds[1];
}

static struct output_rest *
output_rest(const struct conn *conn)
{
	const struct output_rests *rests = &conn->service->server->rests;

	return &rests->pools[conn->slot.segment][conn->slot.offset];
}

static void
output_tell_dropped(struct conn *conn)
{
	struct event event;

	if (conn->output_dropped == 0)
		return;
	event_begin(&event, EVENT_STDERR_DROPPED, conn->service->name, conn->id);
	event_number(&event, "lines", (int64_t)conn->output_dropped);
	event_number(&event, "limit", OUTPUT_LINES_PER_SECOND);
	event_send(&event, &conn->service->server->sink);
	conn->output_dropped = 0;
}

static bool
output_may_tell(struct conn *conn)
{
	msec now = engine_now(conn->service->server);

	if (now - conn->output_since >= SECOND_MS) {
		output_tell_dropped(conn);
		conn->output_since = now;
		conn->output_lines = 0;
	}
	if (conn->output_lines == OUTPUT_LINES_PER_SECOND) {
		conn->output_dropped++;
		return false;
	}
	conn->output_lines++;
	return true;
}

/* As it is, for whoever prints it quotes it; but a field's text ends at a NUL. */
static void
put_line(struct text *text, const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\0')
			text_put(text, "\xef\xbf\xbd");
		else
			text_put_char(text, line[i]);
	}
}

static void
output_tell(struct conn *conn, const char *line, size_t length)
{
	struct event event;
	struct text text;

	if (length > 0 && line[length - 1] == '\r')
		length--;
	if (!output_may_tell(conn))
		return;
	event_begin(&event, EVENT_STDERR, conn->service->name, conn->id);
	event_number(&event, "pid", conn->pid);
	text = event_open(&event);
	put_line(&text, line, length);
	event_close(&event, "line", &text);
	event_send(&event, &conn->service->server->sink);
}

/* The begin of a line waits for its end, as far as there is room. */
static void
output_keep(struct conn *conn, const char *bytes, size_t length)
{
	struct output_rest *rest = output_rest(conn);

	while (length > 0) {
		size_t room = sizeof(rest->bytes) - rest->used;
		size_t n = length < room ? length : room;

		memcpy(rest->bytes + rest->used, bytes, n);
		rest->used += (uint32_t)n;
		bytes += n;
		length -= n;
		if (rest->used == sizeof(rest->bytes)) {
			output_tell(conn, rest->bytes, rest->used);
			rest->used = 0;
		}
	}
}

static void
output_line(struct conn *conn, const char *bytes, size_t length)
{
	struct output_rest *rest;

	if (!conn->has_output_rest && length <= OUTPUT_LINE_MAX) {
		output_tell(conn, bytes, length);
		return;
	}
	rest = output_rest(conn);
	if (!conn->has_output_rest)
		rest->used = 0;
	output_keep(conn, bytes, length);
	if (rest->used > 0)
		output_tell(conn, rest->bytes, rest->used);
	rest->used = 0;
	conn->has_output_rest = false;
}

static void
output_take(struct conn *conn, const char *bytes, size_t length)
{
	const char *end;

	while ((end = memchr(bytes, '\n', length)) != NULL) {
		size_t n = (size_t)(end - bytes);

		output_line(conn, bytes, n);
		bytes = end + 1;
		length -= n + 1;
	}
	if (length == 0)
		return;
	if (!conn->has_output_rest)
		output_rest(conn)->used = 0;
	conn->has_output_rest = true;
	output_keep(conn, bytes, length);
}

/* Reads what is there.  True if the bound was reached first and there may be more. */
static bool
output_read(struct conn *conn, size_t bound)
{
	char buffer[READ_SIZE];
	size_t got = 0;

	while (got < bound) {
		ssize_t n = read(conn->error_fd, buffer, sizeof(buffer));

		if (n <= 0)
			return false;
		output_take(conn, buffer, (size_t)n);
		got += (size_t)n;
	}
	return true;
}

static void
output_pause(struct conn *conn)
{
	conn->clocks.at[DUE_OUTPUT] = conn->output_since + SECOND_MS;
	conn_schedule(conn);
}

/* Told once of each change, so what the bound left is asked for again; while lines are
 * dropped the pipe is left to fill. */
static void
output_look(struct conn *conn)
{
	bool has_more;

	if (conn->clocks.at[DUE_OUTPUT] != 0)
		return;
	has_more = output_read(conn, LOOK_BYTES);
	if (conn->output_dropped > 0)
		output_pause(conn);
	else if (has_more)
		(void)loop_change(
		    &conn->service->server->loop, &conn->error_watch, EPOLLIN | EPOLLET);
}

/* Told once of each change (EPOLLET). */
static void
output_ready(struct watch *watch, uint32_t events)
{
	struct conn *conn = container_of(watch, struct conn, error_watch);

	if ((events & EPOLLIN) != 0 && conn->error_fd >= 0)
		output_look(conn);
}

int
output_watch(struct conn *conn)
{
	conn->error_watch.ready = output_ready;
	if (conn->error_fd < 0)
		return 0;
	/* Only our end: programs expect theirs to block.  Of what was started ahead it
	 * does not block already. */
	if (conn->channel < 0 && fcntl(conn->error_fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return loop_add(&conn->service->server->loop, &conn->error_watch, conn->error_fd,
	    EPOLLIN | EPOLLET);
}

void
output_resume(struct conn *conn)
{
	output_tell_dropped(conn);
	conn->output_since = engine_now(conn->service->server);
	conn->output_lines = 0;
	if (conn->error_fd >= 0)
		output_look(conn);
}

void
output_end(struct conn *conn)
{
	if (conn->error_fd < 0)
		return;
	if (conn->error_watch.fd >= 0)
		(void)output_read(conn, LOOK_BYTES);
	if (conn->has_output_rest && output_rest(conn)->used > 0)
		output_tell(conn, output_rest(conn)->bytes, output_rest(conn)->used);
	output_tell_dropped(conn);
	loop_remove(&conn->service->server->loop, &conn->error_watch);
	close_fd(&conn->error_fd);
}
