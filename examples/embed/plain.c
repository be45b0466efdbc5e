/*
 * plain -- a server in a program that has no event loop
 *
 *     plain [LISTEN [SETTING VALUE]...]    SIGHUP: greet in other words; SIGTERM: drain
 *
 * Look at:
 * - main(): prong_dispatch(server, -1) is the loop.  It returns 1 once it is drained.
 * - prong_watch(): what else the program waits for.  Signals come through a signalfd,
 *   never in the middle of something; a timerfd is its clock.
 * - reload(): another set of services, in the place of the old one or not at all.
 * - greet(): runs in a process of its own, with a copy of what `context` points to.
 */
#include <err.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct host {
	struct prong *server;
	struct prong_service *service; /* of the set that serves */
	char *const *words;            /* LISTEN, and settings by twos; then NULL */
	unsigned reloads;
	int signals, clock;
};

static const char *const greetings[] = { "hello", "welcome back" };

static int
greet(const struct prong_birth *birth, void *context)
{
	const struct host *host = context;
	char line[256];

	printf("%s %s, you are number %llu\n", greetings[host->reloads % 2],
	    birth->source, (unsigned long long)birth->number);
	while (fgets(line, sizeof(line), stdin) != NULL)
		printf("you said: %s", line); /* line by line, as the host's stdout */
	return 0;
}

/* NULL: what is wrong is in prong_error(). */
static struct prong_service *
add_service(struct host *host)
{
	struct prong_service *service = prong_service_add(host->server, "greet");
	char *const *word = host->words;

	if (service == NULL ||
	    prong_listen(service, *word == NULL ? "127.0.0.1:9999" : *word++) < 0 ||
	    prong_handler(service, greet, host) < 0)
		return NULL;
	for (; word[0] != NULL && word[1] != NULL; word += 2)
		if (prong_set(service, word[0], word[1]) < 0)
			return NULL;
	return service;
}

static void
reload(struct host *host)
{
	struct prong_service *service = NULL;

	host->reloads++;
	if (prong_reload_begin(host->server) == 0)
		service = add_service(host);
	if (service != NULL && prong_reload_commit(host->server) == 0) {
		host->service = service;
		printf("reloaded, serving on %s\n", prong_bound(service, 0));
		return;
	}
	host->reloads--; /* the old set serves on */
	printf("not reloaded: %s\n", prong_error(host->server));
	prong_reload_abort(host->server);
}

static void
on_signal(uint32_t events, void *context)
{
	struct host *host = context;
	struct signalfd_siginfo signal;

	(void)events;
	if (read(host->signals, &signal, sizeof(signal)) != sizeof(signal))
		return;
	if (signal.ssi_signo == SIGHUP)
		reload(host);
	else if (prong_drain(host->server) == 0) /* again: now */
		printf("draining\n");
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
	printf("tick: %u live, %u ended\n", stats.live, (unsigned)stats.ended);
}

static void
watch(struct host *host)
{
	const struct itimerspec every = { { 0, 200000000 }, { 0, 200000000 } };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL); /* not in sessions */
	host->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	host->clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (host->signals < 0 || host->clock < 0 ||
	    timerfd_settime(host->clock, 0, &every, NULL) < 0)
		err(1, "signals and clock");
	if (prong_watch(host->server, host->signals, EPOLLIN, on_signal, host) < 0 ||
	    prong_watch(host->server, host->clock, EPOLLIN, on_clock, host) < 0)
		errx(1, "%s", prong_error(host->server));
}

int
main(int argc, char *argv[])
{
	struct host host = { .server = prong_new(), .words = argv + (argc > 0) };
	int rc;

	setlinebuf(stdout);
	if (host.server == NULL)
		err(1, "prong_new");
	host.service = add_service(&host);
	if (host.service == NULL || prong_start(host.server) < 0)
		errx(1, "%s", prong_error(host.server));
	watch(&host);
	printf("serving on %s\n", prong_bound(host.service, 0));
	while ((rc = prong_dispatch(host.server, -1)) == 0)
		;
	if (rc < 0)
		errx(1, "%s", prong_error(host.server));
	prong_free(host.server);
	return 0;
}
