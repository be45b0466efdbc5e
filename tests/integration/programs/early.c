/*
 * early -- does something before it reads its client, then answers lines
 *
 * early WHAT [ARGUMENT]: WHAT is a row of the table in early_deeds.c.  Then each line
 * comes back in angle brackets; one that is a question is answered.  Raw system calls
 * only, so that nothing is buffered and the first touch is where it says.
 */
#include "early.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct early early = { .input = 0, .output = 1, .watch = -1, .file = -1 };

static pid_t pid_at_start;

void
say(const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(early.output, text, left);

		if (n < 0 && errno == EAGAIN)
			(void)poll(
			    &(struct pollfd){ .fd = early.output, .events = POLLOUT }, 1,
			    -1);
		else if (n < 0 && errno != EINTR)
			_exit(90);
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
}

void
nap(long msec)
{
	struct timespec left = { msec / 1000, msec % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static void
answer(char *line)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "<%s>\n", line);
	if (strcmp(line, "note") == 0)
		(void)snprintf(text, sizeof(text), "%s\n", early.note);
	else if (strcmp(line, "pids") == 0)
		(void)snprintf(text, sizeof(text), "%d %d\n", pid_at_start, getpid());
	else if (strcmp(line, "ids") == 0)
		(void)snprintf(text, sizeof(text), "%u %u\n", getuid(), geteuid());
	else if (strcmp(line, "caught") == 0)
		(void)snprintf(text, sizeof(text), "%d\n", early.caught);
	else if (strcmp(line, "tick") == 0)
		for (int before = early.ticks; early.ticks == before;)
			nap(5);
	else if (strcmp(line, "next") == 0)
		text[read(early.file, text, sizeof(text) - 1)] = '\0';
	else if (strncmp(line, "burn ", 5) == 0)
		burn(line + 5);
	else if (strcmp(line, "error") == 0 && write(2, "an error\n", 9) < 0)
		_exit(98);
	say(text);
}

static void
wait_input(void)
{
	struct epoll_event event;

	if (early.watch >= 0)
		(void)epoll_wait(early.watch, &event, 1, -1);
	else
		(void)poll(
		    &(struct pollfd){ .fd = early.input, .events = POLLIN }, 1, -1);
}

int
main(int argc, char *argv[])
{
	char line[256];
	size_t used = 0;

	pid_at_start = getpid();
	if (argc > 1)
		deed(argv[1], argc > 2 ? argv[2] : "");
	for (;;) {
		ssize_t n;

		if (early.watch >= 0)
			wait_input();
		n = read(early.input, &line[used], 1);
		if (n < 0 && errno == EAGAIN)
			wait_input();
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n < 0;
		if (line[used] != '\n' && used < sizeof(line) - 1) {
			used++;
			continue;
		}
		line[used] = '\0';
		used = 0;
		answer(line);
	}
}
