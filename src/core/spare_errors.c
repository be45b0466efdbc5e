/* What a program says on its error output before it has a client. */
#include <string.h>

#include "engine.h"
#include "pool.h"

#define READ_SIZE 4096
#define READS_PER_TURN 16
#define LINES_MOST 100 /* of one start; the rest is counted */

static void
tell_line(struct spare *spare, const char *line)
{
	struct event event;

	if (line[0] == '\0')
		return;
	if (spare->error_lines == LINES_MOST) {
		spare->errors_dropped++;
		return;
	}
	spare->error_lines++;
	event_begin(&event, EVENT_STDERR, spare->pool->service->name, NULL);
	event_number(&event, "pid", spare->pid);
	event_text(&event, "line", line);
	event_send(&event, &spare_server(spare)->sink);
}

/* Tells whole lines, and a last one without end if it fills the buffer or nothing
 * follows. Returns how much is kept for the next read. */
static size_t
tell_lines(struct spare *spare, char *bytes, size_t size, bool is_last)
{
	char *line = bytes, *end;

	bytes[size] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		tell_line(spare, line);
		line = end + 1;
	}
	size -= (size_t)(line - bytes);
	if (is_last || size == READ_SIZE) {
		tell_line(spare, line);
		return 0;
	}
	memmove(bytes, line, size);
	return size;
}

static void
read_all(struct spare *spare)
{
	char bytes[READ_SIZE + 1];
	size_t kept = 0;

	for (int i = 0; i < READS_PER_TURN && spare->error_fd >= 0; i++) {
		ssize_t got = read(spare->error_fd, bytes + kept, READ_SIZE - kept);

		if (got <= 0)
			break;
		kept = tell_lines(spare, bytes, kept + (size_t)got, false);
	}
	(void)tell_lines(spare, bytes, kept, true);
}

/* All writers gone would be told for ever. */
static void
errors_ready(struct watch *watch, uint32_t events)
{
	struct spare *spare = container_of(watch, struct spare, errors);

	read_all(spare);
	if ((events & EPOLLIN) == 0)
		loop_remove(&spare_server(spare)->loop, watch);
}

int
spare_watch_errors(struct spare *spare)
{
	spare->errors = (struct watch){ .ready = errors_ready, .fd = -1 };
	if (spare->error_fd < 0)
		return 0;
	return loop_add(
	    &spare_server(spare)->loop, &spare->errors, spare->error_fd, EPOLLIN);
}

void
spare_end_errors(struct spare *spare)
{
	struct event event;

	loop_remove(&spare_server(spare)->loop, &spare->errors);
	read_all(spare);
	if (spare->errors_dropped == 0)
		return;
	event_begin(&event, EVENT_STDERR_DROPPED, spare->pool->service->name, NULL);
	event_number(&event, "lines", spare->errors_dropped);
	event_number(&event, "limit", LINES_MOST);
	event_send(&event, &spare_server(spare)->sink);
	spare->errors_dropped = 0;
}
