/*
 * early_deeds -- what the program `early` does before it reads its client
 */
#include "early.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
deal_with(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	(void)sigaction(number, &action, NULL);
}

static void
count_tick(int unused)
{
	(void)unused;
	early.ticks++;
}

static void
count_signal(int number)
{
	early.caught |= 1 << number;
}

/* ---- processes ------------------------------------------------------------------- */

static void
nothing(const char *unused)
{
	(void)unused;
}

static void
fork_holds(const char *unused)
{
	(void)unused;
	if (fork() == 0)
		for (;;)
			(void)pause();
}

static void
fork_away(const char *unused)
{
	(void)unused;
	if (fork() != 0)
		return;
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	for (;;)
		(void)pause();
}

/* The child goes on; the parent ends with it. */
static void
child_serves(const char *unused)
{
	pid_t child = fork();
	int status = 0;

	(void)unused;
	if (child == 0)
		return;
	(void)waitpid(child, &status, 0);
	_exit(WEXITSTATUS(status));
}

static void
become_another(const char *what)
{
	(void)execl(
	    "/proc/self/exe", "early", what[0] == '\0' ? "nothing" : what, (char *)NULL);
	_exit(91);
}

static void
vfork_true(const char *unused)
{
	int status = -1;
	pid_t child = vfork();

	(void)unused;
	if (child == 0) {
		(void)execl("/bin/true", "true", (char *)NULL);
		_exit(92);
	}
	(void)waitpid(child, &status, 0);
	(void)snprintf(early.note, sizeof(early.note), "child ended with %d", status);
}

static void *
watch_client(void *unused)
{
	for (;;) {
		(void)poll(&(struct pollfd){ .fd = 0, .events = POLLPRI }, 1, -1);
		(void)usleep(100000);
	}
	return unused;
}

static void
threads(const char *unused)
{
	pthread_t thread;

	(void)unused;
	for (int i = 0; i < 3; i++)
		(void)pthread_create(&thread, NULL, watch_client, NULL);
}

/* ---- endings --------------------------------------------------------------------- */

static void
close_all(const char *unused)
{
	(void)unused;
	(void)close(0);
	(void)close(1);
	nap(200);
	_exit(5);
}

static void
leave(const char *status)
{
	_exit((int)strtol(status, NULL, 10));
}

static void
dump_core(const char *unused)
{
	(void)unused;
	abort();
}

static void
wait_for_file(const char *path)
{
	while (access(path, F_OK) < 0)
		nap(20);
}

static void
take_time(const char *msec)
{
	nap(strtol(msec, NULL, 10));
}

void
burn(const char *msec)
{
	clock_t end = clock() + strtol(msec, NULL, 10) * (CLOCKS_PER_SEC / 1000);

	/* Not a system call each time: a tracer looks at every one. */
	while (clock() < end)
		for (volatile int i = 0; i < 1000000; i++)
			;
}

/* ---- signals and clocks ---------------------------------------------------------- */

static void
handlers(const char *unused)
{
	(void)unused;
	deal_with(SIGTERM, count_signal);
	deal_with(SIGCHLD, count_signal);
	deal_with(SIGPIPE, count_signal);
}

static void
ignore_term(const char *unused)
{
	(void)unused;
	deal_with(SIGTERM, SIG_IGN);
}

static void
timer(const char *msec)
{
	long usec = strtol(msec, NULL, 10) * 1000;

	deal_with(SIGALRM, count_tick);
	(void)setitimer(
	    ITIMER_REAL, &(struct itimerval){ { 0, usec }, { 0, usec } }, NULL);
}

/* ---- descriptors ----------------------------------------------------------------- */

static void
duplicate(const char *closes)
{
	early.input = dup2(0, 10);
	early.output = fcntl(1, F_DUPFD_CLOEXEC, 11);
	if (closes[0] == '\0')
		return;
	(void)close(0);
	(void)close(1);
}

static void
greet(const char *text)
{
	say(text);
	say("\n");
}

static void
errors(const char *count)
{
	char line[128];

	for (long i = 0; i < strtol(count, NULL, 10); i++) {
		int length = snprintf(line, sizeof(line), "early %ld %090d\n", i, 0);

		if (write(2, line, (size_t)length) < 0)
			_exit(93);
	}
}

static void
nonblock(const char *unused)
{
	(void)unused;
	(void)fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
}

static void
set_of_events(const char *unused)
{
	struct epoll_event event = { .events = EPOLLIN };

	(void)unused;
	early.watch = epoll_create1(EPOLL_CLOEXEC);
	(void)epoll_ctl(early.watch, EPOLL_CTL_ADD, 0, &event);
}

static void
open_pipe(const char *unused)
{
	int ends[2];

	(void)unused;
	if (pipe(ends) < 0)
		_exit(94);
}

static void
open_file(const char *path)
{
	char line[8];

	early.file = open(path, O_RDONLY | O_CLOEXEC);
	if (read(early.file, line, sizeof(line)) != sizeof(line))
		_exit(95);
}

/* ---- the process itself ---------------------------------------------------------- */

static void
new_session(const char *unused)
{
	(void)unused;
	(void)snprintf(early.note, sizeof(early.note), "setsid: %s",
	    setsid() < 0 ? strerror(errno) : "?");
}

static void
go_root(const char *unused)
{
	(void)unused;
	if (chdir("/") < 0 || getcwd(early.note, sizeof(early.note)) == NULL)
		_exit(96);
}

static void
undumpable(const char *unused)
{
	(void)unused;
	(void)prctl(PR_SET_DUMPABLE, 0);
}

static void
io_uring(const char *unused)
{
	char parameters[120] = { 0 };
	long fd = syscall(SYS_io_uring_setup, 4, parameters);

	(void)unused;
	(void)snprintf(early.note, sizeof(early.note), "%s",
	    fd < 0 ? "no io_uring here" : "io_uring");
}

/* One that allows everything. */
static void
filter(const char *unused)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	(void)unused;
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(97);
}

static const struct what {
	const char *name;
	void (*run)(const char *argument);
} table[] = {
	{ "nothing", nothing },
	{ "fork-holds", fork_holds },
	{ "fork-away", fork_away },
	{ "child-serves", child_serves },
	{ "exec", become_another },
	{ "vfork", vfork_true },
	{ "threads", threads },
	{ "close", close_all },
	{ "exit", leave },
	{ "core", dump_core },
	{ "wait-file", wait_for_file },
	{ "slow", take_time },
	{ "burn", burn },
	{ "handlers", handlers },
	{ "ignore-term", ignore_term },
	{ "timer", timer },
	{ "dup", duplicate },
	{ "greet", greet },
	{ "errors", errors },
	{ "nonblock", nonblock },
	{ "epoll", set_of_events },
	{ "pipe", open_pipe },
	{ "file", open_file },
	{ "setsid", new_session },
	{ "chdir", go_root },
	{ "undumpable", undumpable },
	{ "io_uring", io_uring },
	{ "filter", filter },
};

void
deed(const char *name, const char *argument)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(name, table[i].name) == 0)
			table[i].run(argument);
}
