/*
 * upgrade -- a host that puts another program in its place, and loses nobody
 *
 *     upgrade [LISTEN]      127.0.0.1:9999 unless given; HUP: upgrade, TERM: drain
 *
 * On SIGHUP the server is written into a memfd (prong_freeze), and the program executes
 * its own file, which may be a new version by then.  That one reads it (prong_thaw) in
 * the place of prong_start(), and makes its set of services as for a reload.  Listeners
 * are never closed, sessions go on, and each ending is told to the program that is there
 * then.
 */
#include <err.h>
#include <errno.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct host {
	struct prong *server;
	const char *listen;
	char **argv;
	int signals;
};

static void
host_note(const struct prong_ending *ending, void *context)
{
	(void)context;
	printf("%d: session %s %s\n", (int)getpid(), ending->id, ending->text);
}

static int
host_add(struct host *host)
{
	static const char *const program[] = { "cat", NULL };
	struct prong_service *service = prong_service_add(host->server, "cat");
	int rc = service == NULL ? -EINVAL : prong_listen(service, host->listen);

	if (rc == 0)
		rc = prong_program(service, program);
	if (rc == 0)
		rc = prong_on_end(service, host_note, NULL);
	return rc;
}

/* Returns only if it failed, and everything is as before. */
static void
host_upgrade(struct host *host)
{
	char number[16];
	int fd = memfd_create("server", 0); /* outlives the exec */

	if (fd < 0 || prong_freeze(host->server, fd, 0) < 0) {
		warnx("cannot hand over: %s", prong_error(host->server));
	} else {
		(void)snprintf(number, sizeof(number), "%d", fd);
		(void)execl("/proc/self/exe", host->argv[0], host->listen, number, NULL);
		warn("cannot execute the new program");
		prong_unfreeze(host->server);
	}
	(void)close(fd);
}

static void
host_signal(uint32_t events, void *context)
{
	struct host *host = context;
	struct signalfd_siginfo info;

	(void)events;
	if (read(host->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		host_upgrade(host);
	else
		(void)prong_drain(host->server);
}

/* The signals were blocked by the program before us, and stay so: none is lost. */
static void
host_watch_signals(struct host *host)
{
	sigset_t wanted;

	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGHUP);
	(void)sigaddset(&wanted, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &wanted, NULL);
	host->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (host->signals < 0)
		err(1, "signalfd");
	if (prong_watch(host->server, host->signals, EPOLLIN, host_signal, host) < 0)
		errx(1, "%s", prong_error(host->server));
}

static int
host_take_over(struct host *host, int state)
{
	int rc = prong_thaw(host->server, state, 0);

	(void)close(state);
	if (rc == 0)
		rc = prong_reload_begin(host->server);
	if (rc == 0)
		rc = host_add(host);
	return rc < 0 ? rc : prong_reload_commit(host->server);
}

int
main(int argc, char *argv[])
{
	struct host host = { .server = prong_new(), .argv = argv };
	int rc;

	host.listen = argc > 1 ? argv[1] : "127.0.0.1:9999";
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (host.server == NULL)
		err(1, "prong_new");
	if (argc > 2) {
		rc = host_take_over(&host, (int)strtol(argv[2], NULL, 10));
	} else {
		rc = host_add(&host);
		rc = rc < 0 ? rc : prong_start(host.server);
	}
	if (rc < 0)
		errx(1, "%s", prong_error(host.server));
	host_watch_signals(&host);
	printf("%d: serving on %s\n", (int)getpid(),
	    prong_bound(prong_service_find(host.server, "cat"), 0));
	while (prong_dispatch(host.server, -1) == 0)
		;
	prong_free(host.server);
	return 0;
}
