/*
 * parked -- a program that is held, for test_park*.c
 *
 * Prepares what its first word says, reads once from fd 0, and tells there whether all is
 * as it was.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "parked.h"
#include "parked_asm.h"

/* PR_SET_MDWE of Linux 6.3, with PR_MDWE_REFUSE_EXEC_GAIN: inherited by what is executed.
 */
#define PARKED_SET_MDWE 65

static volatile sig_atomic_t usr1_count;

static void
on_usr1(int number)
{
	(void)number;
	usr1_count++;
}

void
touch(void)
{
	char text[64];

	(void)!read(0, text, sizeof(text));
}

static int
run_echo(const char *more)
{
	char text[64];
	ssize_t got = read(0, text, sizeof(text));

	(void)more;
	return got > 0 && write(1, text, (size_t)got) == got ? 7 : 8;
}

/* ---- signals --------------------------------------------------------------------- */

static int
run_signals(const char *more)
{
	struct sigaction action = { .sa_handler = on_usr1 };
	sigset_t blocked, before, after;

	(void)more;
	(void)sigaction(SIGUSR1, &action, NULL);
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, &blocked, &before);
	touch();
	(void)sigprocmask(SIG_BLOCK, NULL, &after);
	dprintf(0, "usr1 %d, usr2 %s, term %s", (int)usr1_count,
	    sigismember(&after, SIGUSR2) ? "blocked" : "open",
	    sigismember(&after, SIGTERM) ? "blocked" : "open");
	return 0;
}

/* ---- registers ------------------------------------------------------------------- */

/* A signal that comes before the last register is back has the stack of the program. */
static int
run_registers(const char *more)
{
	struct sigaction action = { .sa_handler = on_usr1 };
	int differ;

	(void)more;
	(void)sigaction(SIGUSR1, &action, NULL);
	differ = parked_touch();
	dprintf(0, "%d differ, usr1 %d", differ, (int)usr1_count);
	return 0;
}

/* ---- environment ----------------------------------------------------------------- */

/* Tells on fd 2 where the value is, so that nothing has to be looked for. */
static int
run_environment(const char *more)
{
	const char *value = getenv("PARKED_SLOT");

	(void)more;
	(void)!write(2, &value, sizeof(value));
	touch();
	dprintf(0, "%s", value);
	return 0;
}

/* ---- descriptors ----------------------------------------------------------------- */

/* The connection is elsewhere, and 0 is another socket. */
static int
run_moved(const char *more)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 20), unrelated[2];
	char text[8];
	ssize_t got;

	(void)more;
	(void)socketpair(AF_UNIX, SOCK_STREAM, 0, unrelated);
	(void)dup2(unrelated[0], 1);
	got = read(0, text, sizeof(text));
	(void)dup2(unrelated[0], 0);
	(void)!write(fd, text, got > 0 ? (size_t)got : 0);
	dprintf(fd, "%s", fcntl(fd, F_GETFD) == FD_CLOEXEC ? "!" : "?");
	return 0;
}

/* ---- places ---------------------------------------------------------------------- */

static char handler_stack[65536];

static void
touch_in_handler(int number)
{
	stack_t stack;

	(void)number;
	touch();
	(void)sigaltstack(NULL, &stack);
	dprintf(0, "%s, %s", stack.ss_flags & SS_ONSTACK ? "on it" : "off it",
	    stack.ss_sp == handler_stack ? "same" : "other");
}

/* Held on the alternate signal stack. */
static int
run_handler(const char *more)
{
	stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof(handler_stack) };
	struct sigaction action = { .sa_handler = touch_in_handler,
		.sa_flags = SA_ONSTACK };

	(void)more;
	(void)sigaltstack(&stack, NULL);
	(void)sigaction(SIGUSR1, &action, NULL);
	(void)raise(SIGUSR1);
	dprintf(0, ", back");
	return 0;
}

/* Nothing that was writable may become executable. */
static int
run_strict(const char *more)
{
	if (more != NULL)
		return run_echo(NULL);
	if (prctl(PARKED_SET_MDWE, 1, 0, 0, 0) < 0)
		return 77;
	(void)execl("/proc/self/exe", "parked", "strict", "again", (char *)NULL);
	return 1;
}

/* ---- copies ---------------------------------------------------------------------- */

static void *
robust_list(void)
{
	void *head = NULL;
	size_t size;

	(void)syscall(SYS_get_robust_list, 0, &head, &size);
	return head;
}

static int
run_identity(const char *more)
{
	struct sigaction action = { .sa_handler = on_usr1 };
	void *robust = robust_list();
	pthread_mutexattr_t recursive;
	pthread_mutex_t mine;
	pid_t before = getpid();

	(void)more;
	(void)sigaction(SIGUSR1, &action, NULL);
	(void)pthread_mutexattr_init(&recursive);
	(void)pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	(void)pthread_mutex_init(&mine, &recursive);
	touch();
	(void)raise(SIGUSR1);
	(void)pthread_kill(pthread_self(), SIGUSR1);
	(void)pthread_mutex_lock(&mine);
	dprintf(0, "pid %s, tid %s, usr1 %d, robust %s, lock %d, leader %s",
	    getpid() == before ? "old" : "new",
	    (pid_t)syscall(SYS_gettid) == getpid() ? "pid" : "other", (int)usr1_count,
	    robust_list() == robust ? "same" : "other", pthread_mutex_lock(&mine),
	    getsid(0) == getpid() ? "session" : "none");
	return 0;
}

static int
run_file(const char *more)
{
	int fd = open(more, O_RDONLY | O_CLOEXEC), twin = dup(fd);
	char text[4];

	(void)!read(fd, text, 3);
	touch();
	for (int i = 0; i < 2; i++) {
		ssize_t got = read(i == 0 ? fd : twin, text, 3);

		(void)!write(0, text, got > 0 ? (size_t)got : 0);
	}
	dprintf(0, fcntl(fd, F_GETFD) == FD_CLOEXEC ? "!" : "?");
	return 0;
}

/* A descriptor more is not to be had. */
static int
run_poor(const char *more)
{
	(void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, 3 });
	return run_echo(more);
}

/* What was opened by root cannot be opened anew by nobody. */
static int
run_nobody(const char *more)
{
	(void)!open(more, O_RDWR);
	(void)!setresuid(65534, 65534, 65534);
	return run_echo(NULL);
}

static int
run_open(const char *more)
{
	int ends[2];

	if (strcmp(more, "eventfd") == 0)
		(void)dup2(eventfd(0, 0), 9);
	else if (strcmp(more, "pipe") == 0 && pipe(ends) == 0)
		(void)dup2(ends[0], 9);
	else if (strcmp(more, "lock") == 0)
		(void)flock(dup2(open("/proc/self/exe", O_RDONLY), 9), LOCK_SH);
	else
		(void)dup2(open(more, O_RDONLY), 9);
	(void)syscall(SYS_close_range, 3, 8, 0);
	touch();
	return 0;
}

static const struct {
	const char *word;
	int (*run)(const char *);
} words[] = {
	{ "echo", run_echo },
	{ "environment", run_environment },
	{ "file", run_file },
	{ "handler", run_handler },
	{ "identity", run_identity },
	{ "moved", run_moved },
	{ "nobody", run_nobody },
	{ "open", run_open },
	{ "poor", run_poor },
	{ "registers", run_registers },
	{ "scalable", run_scalable },
	{ "sequence", run_sequence },
	{ "signals", run_signals },
	{ "strict", run_strict },
	{ "threads", run_threads },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(argv[1], words[i].word) == 0)
			return words[i].run(argv[2]);
	return 2;
}
