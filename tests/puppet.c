/*
 * puppet -- a service program that does what its client says
 *
 * Reads one command a line from stdin, byte by byte, so that what follows a command
 * stays unread in the socket.  A command that answers ends its answer with a line ".",
 * so that a test knows when it has been carried out; one that ends the process or
 * writes raw bytes says so below.  At the end of input it exits with 0, unless it was
 * told to ignore-eof.
 */
#include "puppet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static bool ignores_eof;

struct command {
	const char *name;
	void (*run)(const char *argument);
};

static void
write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(99);
		bytes += n;
		length -= (size_t)n;
	}
}

void
say(const char *text)
{
	write_all(1, text, strlen(text));
}

void
sayf(const char *format, ...)
{
	char line[4096];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	say(line);
}

void
done(void)
{
	say(".\n");
}

long
number(const char *word)
{
	return strtol(word, NULL, 10);
}

static void
pause_for_ever(void)
{
	for (;;)
		(void)pause();
}

static void
wait_msec(long length)
{
	struct timespec left = { length / 1000, length % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* ---- how to end: no answer ------------------------------------------------------- */

static void
run_exit(const char *status)
{
	_exit((int)number(status));
}

static void
run_abort(const char *unused)
{
	(void)unused;
	(void)prctl(PR_SET_DUMPABLE, 0);
	abort();
}

static void
run_kill(const char *signal_number)
{
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)kill(getpid(), (int)number(signal_number));
	done();
}

/* Answers first, then does nothing until a signal ends it. */
static void
run_hold(const char *unused)
{
	(void)unused;
	done();
	pause_for_ever();
}

/* Gives the connection up and lives on. */
static void
run_close_hold(const char *unused)
{
	(void)unused;
	done();
	(void)close(0);
	(void)close(1);
	pause_for_ever();
}

/* ---- what it writes -------------------------------------------------------------- */

static void
run_say(const char *text)
{
	sayf("%s\n", text);
	done();
}

/* Exactly N bytes and no ".". */
static void
run_spill(const char *count)
{
	char block[4096];
	size_t left = (size_t)number(count);

	memset(block, 'x', sizeof(block));
	while (left > 0) {
		size_t n = left < sizeof(block) ? left : sizeof(block);

		write_all(1, block, n);
		left -= n;
	}
}

/* "MS TEXT": the text and a newline after that long, and no ".". */
static void
run_slow(const char *argument)
{
	const char *text = strchr(argument, ' ');

	wait_msec(number(argument));
	sayf("%s\n", text == NULL ? "" : text + 1);
}

static void
run_stderr(const char *text)
{
	write_all(2, text, strlen(text));
	write_all(2, "\n", 1);
	done();
}

/* Without the newline. */
static void
run_stderr_part(const char *text)
{
	write_all(2, text, strlen(text));
	done();
}

/* N numbered lines. */
static void
run_stderr_flood(const char *count)
{
	for (long i = 0; i < number(count); i++) {
		char line[128];

		(void)snprintf(line, sizeof(line), "flood %ld %080d\n", i, 0);
		write_all(2, line, strlen(line));
	}
	done();
}

/* ---- how it behaves -------------------------------------------------------------- */

static void
run_ignore_term(const char *unused)
{
	(void)unused;
	(void)sigaction(SIGTERM, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	done();
}

static void
run_ignore_eof(const char *unused)
{
	(void)unused;
	ignores_eof = true;
	done();
}

static void
leave_holder(bool in_own_session)
{
	pid_t child = fork();

	if (child < 0)
		_exit(97);
	if (child == 0) {
		if (in_own_session)
			(void)setsid();
		pause_for_ever();
	}
	while (in_own_session && getsid(child) != child)
		wait_msec(1);
	sayf("%d\n", child);
	done();
}

static void
run_fork_hold(const char *unused)
{
	(void)unused;
	leave_holder(false);
}

static void
run_setsid_hold(const char *unused)
{
	(void)unused;
	leave_holder(true);
}

static void
wait_file(const char *path)
{
	while (access(path, F_OK) < 0)
		wait_msec(20);
}

static void
run_wait_file(const char *path)
{
	wait_file(path);
	done();
}

/* Leaves a process in a session of its own, without the connection, that ends with
 * status 7 once the file exists. */
static void
run_orphan(const char *path)
{
	pid_t child = fork();

	if (child < 0)
		_exit(97);
	if (child == 0) {
		(void)setsid();
		for (int fd = 0; fd < 3; fd++)
			(void)close(fd);
		wait_file(path);
		_exit(7);
	}
	while (getsid(child) != child)
		wait_msec(1);
	sayf("%d\n", child);
	done();
}

/* Keeps a CPU busy for that many milliseconds of CPU time. */
static void
run_burn(const char *length)
{
	clock_t end = clock() + number(length) * (CLOCKS_PER_SEC / 1000);

	while (clock() < end)
		;
	done();
}

/* Touches that many MiB. */
static void
run_memory(const char *amount)
{
	size_t size = (size_t)number(amount) << 20;
	char *block = malloc(size);

	if (block == NULL) {
		sayf("none: %s\n", strerror(errno));
	} else {
		memset(block, 1, size);
		sayf("%d\n", block[size - 1]);
	}
	free(block);
	done();
}

static const struct command commands[] = {
	{ "exit", run_exit },
	{ "abort", run_abort },
	{ "kill", run_kill },
	{ "hold", run_hold },
	{ "close-hold", run_close_hold },
	{ "env", run_env },
	{ "fds", run_fds },
	{ "ids", run_ids },
	{ "signals", run_signals },
	{ "status", run_status },
	{ "limits", run_limits },
	{ "cwd", run_cwd },
	{ "umask", run_umask },
	{ "nice", run_nice },
	{ "argv", run_argv },
	{ "isatty", run_isatty },
	{ "tty", run_tty },
	{ "peername", run_peername },
	{ "socket", run_socket },
	{ "say", run_say },
	{ "spill", run_spill },
	{ "slow", run_slow },
	{ "stderr", run_stderr },
	{ "stderr-part", run_stderr_part },
	{ "stderr-flood", run_stderr_flood },
	{ "ignore-term", run_ignore_term },
	{ "ignore-eof", run_ignore_eof },
	{ "fork-hold", run_fork_hold },
	{ "setsid-hold", run_setsid_hold },
	{ "wait-file", run_wait_file },
	{ "orphan", run_orphan },
	{ "burn", run_burn },
	{ "memory", run_memory },
};

static void
obey(char *line)
{
	char *argument = strchr(line, ' ');

	if (argument != NULL)
		*argument++ = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(line, commands[i].name) != 0)
			continue;
		commands[i].run(argument == NULL ? "" : argument);
		return;
	}
	sayf("unknown command '%s'\n", line);
	done();
}

/* False at the end of input. */
static bool
next_line(char *line, size_t size)
{
	size_t used = 0;

	for (;;) {
		ssize_t n = read(0, &line[used], 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (line[used] == '\n' || used == size - 1)
			break;
		used++;
	}
	if (used > 0 && line[used - 1] == '\r')
		used--;
	line[used] = '\0';
	return true;
}

int
main(void)
{
	static char line[65536];

	while (next_line(line, sizeof(line)))
		obey(line);
	if (ignores_eof)
		pause_for_ever();
	return 0;
}
