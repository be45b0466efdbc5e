/*
 * two-servers -- two servers in one loop of epoll
 *
 *     two-servers [LISTEN]      SIGUSR1: drain the first; SIGTERM: both
 *
 * Look at:
 * - servers share nothing: each has its services, limits, counts and its one
 *   descriptor.  Whoever drains one, or frees it, does not touch the other.
 * - main(): an epoll set of the host's own.  prong_fd() goes in with EPOLLIN, without
 *   EPOLLET, and what epoll hands back leads to the server.
 * - serve(): 1 means drained.  First the descriptor leaves the set, then prong_free()
 *   closes it: a process that holds a copy would keep it there otherwise.
 * - listen_here(): a socket of the host's own, for the second one (prong_listen_fd()).
 */
#include <err.h>
#include <netinet/in.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct server {
	struct prong *prong; /* NULL: drained and freed */
	struct prong_service *service;
	const char *name;
};

struct host {
	struct server servers[2];
	int epoll, signals, clock;
};

static int
listen_here(void)
{
	const struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 ||
	    listen(fd, 64) < 0)
		err(1, "a socket of my own");
	return fd;
}

static void
add_to_loop(struct host *host, int fd, struct server *server)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = server };

	if (epoll_ctl(host->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "epoll_ctl");
}

/* `where` NULL: a socket of the host's own. */
static void
start(struct host *host, struct server *server, const char *where, const char *program)
{
	const char *const argv[] = { program, NULL };
	int fd = where == NULL ? listen_here() : -1;

	server->prong = prong_new();
	if (server->prong == NULL)
		err(1, "prong_new");
	server->service = prong_service_add(server->prong, server->name);
	if (server->service == NULL ||
	    (where == NULL ? prong_listen_fd(server->service, fd)
			   : prong_listen(server->service, where)) < 0 ||
	    prong_program(server->service, argv) < 0 || prong_start(server->prong) < 0)
		errx(1, "%s", prong_error(server->prong));
	if (fd >= 0)
		(void)close(fd); /* the server has a duplicate */
	add_to_loop(host, prong_fd(server->prong), server);
	printf("%s: serving on %s\n", server->name, prong_bound(server->service, 0));
}

static void
serve(struct host *host, struct server *server)
{
	int rc = prong_dispatch(server->prong, 0);

	if (rc == 0)
		return;
	if (rc < 0)
		warnx("%s: %s", server->name, prong_error(server->prong));
	(void)epoll_ctl(host->epoll, EPOLL_CTL_DEL, prong_fd(server->prong), NULL);
	prong_free(server->prong);
	server->prong = NULL;
	printf("%s: gone\n", server->name);
}

static void
look(struct host *host)
{
	struct signalfd_siginfo signal;
	struct prong_stats stats;
	uint64_t times;
	bool has_signal = read(host->signals, &signal, sizeof(signal)) > 0;
	bool has_tick = read(host->clock, &times, sizeof(times)) > 0;

	for (int i = 0; i < 2; i++) {
		struct server *server = &host->servers[i];

		if (server->prong == NULL)
			continue;
		prong_service_stats(server->service, &stats, sizeof(stats));
		if (has_tick)
			printf("tick: %s has %u\n", server->name, stats.live);
		if (has_signal && (signal.ssi_signo == SIGTERM || i == 0))
			(void)prong_drain(server->prong);
	}
}

int
main(int argc, char *argv[])
{
	const struct itimerspec every = { { 0, 200000000 }, { 0, 200000000 } };
	struct host host = { .servers = { { .name = "echo" }, { .name = "hello" } },
		.epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct epoll_event ready;
	sigset_t set;

	setlinebuf(stdout);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	host.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	host.clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (host.epoll < 0 || host.signals < 0 || host.clock < 0 ||
	    timerfd_settime(host.clock, 0, &every, NULL) < 0)
		err(1, "epoll, signals and clock");
	start(&host, &host.servers[0], argc > 1 ? argv[1] : "127.0.0.1:9999", "@echo");
	start(&host, &host.servers[1], NULL, "@hello");
	add_to_loop(&host, host.signals, NULL);
	add_to_loop(&host, host.clock, NULL);
	while (host.servers[0].prong != NULL || host.servers[1].prong != NULL) {
		if (epoll_wait(host.epoll, &ready, 1, -1) < 1)
			continue; /* a signal */
		if (ready.data.ptr == NULL)
			look(&host);
		else
			serve(&host, ready.data.ptr);
	}
	return 0;
}
