/*
 * reaping -- a server in a host that reaps all of its children
 *
 *     reaping [LISTEN]      SIGTERM: drain and end
 *
 * Look at:
 * - on_sigchld(): the old way, a signal handler with waitpid(-1).  It takes the
 *   statuses of sessions as well, whenever it is faster than the library.  That harms
 *   no session: each one's end is seen by its pidfd, and is never taken for another
 *   one's.
 * - on_end(): what the host took away is asked of the pidfd (Linux 6.15 and newer);
 *   where that cannot be had `how` is PRONG_UNKNOWN.  A host that wants to know how its
 *   sessions ended waits for its own children by their numbers instead, as libevent.c
 *   does.
 * - main(): a hand-written loop of poll(2).  The handler interrupts it at any time, and
 *   prong_dispatch(server, 0) too: both may.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a signal handler can reach. */
static volatile sig_atomic_t child, child_status = -1, reaped;

static void
on_sigchld(int number)
{
	int before = errno, status;
	pid_t pid;

	(void)number;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		reaped++;
		if (pid != child)
			continue;
		child_status = status;
		child = 0;
	}
	errno = before;
}

static void
on_end(const struct prong_ending *ending, void *context)
{
	(void)context;
	printf("end: number %llu %s\n", (unsigned long long)ending->number,
	    ending->how == PRONG_UNKNOWN ? "ended, nobody knows how" : ending->text);
}

/* The handler must not run before the child's number is known. */
static void
start_child(void)
{
	sigset_t chld, before;
	pid_t pid;

	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &chld, &before);
	pid = fork();
	if (pid == 0)
		_exit(7);
	if (pid > 0)
		child = pid;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static void
tick(void)
{
	if (child != 0)
		return;
	if (child_status >= 0)
		printf("own child: exited %d\n", WEXITSTATUS(child_status));
	printf("tick: %d reaped\n", (int)reaped);
	start_child();
}

static struct prong *
start(const char *where)
{
	const char *const cat[] = { "cat", NULL };
	struct prong *server = prong_new();
	struct prong_service *service;

	if (server == NULL)
		err(1, "prong_new");
	service = prong_service_add(server, "cat");
	if (service == NULL || prong_listen(service, where) < 0 ||
	    prong_program(service, cat) < 0 || prong_on_end(service, on_end, NULL) < 0 ||
	    prong_start(server) < 0)
		errx(1, "%s", prong_error(server));
	printf("serving on %s\n", prong_bound(service, 0));
	return server;
}

int
main(int argc, char *argv[])
{
	const struct sigaction reap = { .sa_handler = on_sigchld,
		.sa_flags = SA_RESTART };
	struct signalfd_siginfo signal;
	struct pollfd due[2] = { { .events = POLLIN }, { .events = POLLIN } };
	struct prong *server;
	sigset_t set;
	int rc = 0;

	setlinebuf(stdout);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)sigaction(SIGCHLD, &reap, NULL);
	server = start(argc > 1 ? argv[1] : "127.0.0.1:9999");
	due[0].fd = prong_fd(server);
	due[1].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	while (rc == 0) {
		if (poll(due, 2, 200) <= 0) {
			tick(); /* nothing else to do, or SIGCHLD has come */
			continue;
		}
		if (due[1].revents != 0 &&
		    read(due[1].fd, &signal, sizeof(signal)) == sizeof(signal))
			(void)prong_drain(server);
		if (due[0].revents != 0)
			rc = prong_dispatch(server, 0); /* 1: drained */
	}
	if (rc < 0)
		errx(1, "%s", prong_error(server));
	prong_free(server);
	(void)close(due[1].fd);
	while (child != 0) /* the handler takes it */
		(void)poll(NULL, 0, 1);
	return 0;
}
