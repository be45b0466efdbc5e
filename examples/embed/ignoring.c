/*
 * ignoring -- a server in a host that ignores SIGCHLD
 *
 *     ignoring [LISTEN]      SIGTERM: drain and end
 *
 * Look at:
 * - main(): SIGCHLD is ignored, as many a program inherits or wants it.  The kernel
 *   then keeps no status of any child, and no zombie.
 * - on_end(): each session's end is told all the same, by its pidfd.  How it ended is
 *   asked of the pidfd too (Linux 6.15 and newer); else `how` is PRONG_UNKNOWN.
 * - What is ignored here sessions do not inherit: they begin with the default.
 * - tick(): numbers of one service, over all its sessions.
 */
#include <err.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct host {
	struct prong *server;
	struct prong_service *service;
	int signals, clock;
	unsigned known, unknown;
};

/* Would not work where SIGCHLD is still ignored: system(3) waits for a status. */
static int
run(const struct prong_birth *birth, void *context)
{
	char line[64];

	(void)birth;
	(void)context;
	if (fgets(line, sizeof(line), stdin) == NULL)
		return 1;
	/* NOLINTNEXTLINE(cert-env33-c): a command that nobody else has a say in */
	printf("sh says %d\n", system("exit 3") >> 8);
	(void)fflush(stdout);
	return (int)strtol(line, NULL, 10) & 255;
}

static void
on_end(const struct prong_ending *ending, void *context)
{
	struct host *host = context;

	if (ending->how == PRONG_UNKNOWN)
		host->unknown++;
	else
		host->known++;
	printf("end: number %llu %s\n", (unsigned long long)ending->number,
	    ending->how == PRONG_UNKNOWN ? "ended, nobody knows how" : ending->text);
}

static void
on_signal(uint32_t events, void *context)
{
	struct host *host = context;
	struct signalfd_siginfo signal;

	(void)events;
	if (read(host->signals, &signal, sizeof(signal)) == sizeof(signal))
		(void)prong_drain(host->server);
}

static void
on_clock(uint32_t events, void *context)
{
	struct host *host = context;
	struct prong_stats stats;
	uint64_t times;

	(void)events;
	if (read(host->clock, &times, sizeof(times)) != sizeof(times))
		return;
	prong_service_stats(host->service, &stats, sizeof(stats));
	printf("tick: %u live, %llu accepted, %llu ended, %llu failed\n", stats.live,
	    (unsigned long long)stats.accepted, (unsigned long long)stats.ended,
	    (unsigned long long)stats.failed);
}

static void
start(struct host *host, const char *where)
{
	struct prong *server = host->server = prong_new();

	if (server == NULL)
		err(1, "prong_new");
	host->service = prong_service_add(server, "run");
	if (host->service == NULL || prong_listen(host->service, where) < 0 ||
	    prong_handler(host->service, run, NULL) < 0 ||
	    prong_on_end(host->service, on_end, host) < 0 || prong_start(server) < 0)
		errx(1, "%s", prong_error(server));
}

int
main(int argc, char *argv[])
{
	const struct itimerspec every = { { 0, 200000000 }, { 0, 200000000 } };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct host host = { .known = 0 };
	sigset_t set;

	setlinebuf(stdout);
	(void)sigaction(SIGCHLD, &ignore, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	start(&host, argc > 1 ? argv[1] : "127.0.0.1:9999");
	host.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	host.clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (host.signals < 0 || host.clock < 0 ||
	    timerfd_settime(host.clock, 0, &every, NULL) < 0)
		err(1, "signals and clock");
	if (prong_watch(host.server, host.signals, EPOLLIN, on_signal, &host) < 0 ||
	    prong_watch(host.server, host.clock, EPOLLIN, on_clock, &host) < 0)
		errx(1, "%s", prong_error(host.server));
	printf("serving on %s\n", prong_bound(host.service, 0));
	while (prong_dispatch(host.server, -1) == 0)
		;
	prong_free(host.server);
	(void)close(host.signals);
	(void)close(host.clock);
	printf("endings: %u known, %u not\n", host.known, host.unknown);
	return 0;
}
