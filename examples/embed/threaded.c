/*
 * threaded -- a server in a program with threads
 *
 *     threaded [LISTEN]      SIGTERM: drain and end
 *
 * Look at:
 * - main()'s thread alone calls the library, from prong_start() to prong_free().  It
 *   lives as long as the server: sessions are killed when it ends.
 * - work(): another thread that wants something says so through a socket pair and waits
 *   for the answer.  on_wish() is called by prong_dispatch(), in the one thread.
 * - SIGTERM is blocked before there are threads, or one of them would get it.
 * - start(): sessions run a program, not a function.  A handler would run in a copy of
 *   this process without the other threads, where a lock that one of them held stays
 *   locked: only async-signal-safe functions could be called (signal-safety(7)).  A
 *   program may do as it likes; what it is to know goes into its arguments or `env`.
 */
#include <err.h>
#include <prong.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct worker {
	struct prong *server; /* not for the worker's thread */
	int inside, outside;  /* main()'s end, and the worker's */
	pthread_t thread;
	const char *unwanted; /* whose sessions it has ended */
};

struct host {
	struct prong *server;
	int signals;
};

struct answer {
	int ended;
	struct prong_stats stats;
};

static void
on_wish(uint32_t events, void *context)
{
	struct worker *worker = context;
	struct answer answer;
	char unwanted[64] = "";

	(void)events;
	if (recv(worker->inside, unwanted, sizeof(unwanted) - 1, 0) <= 0)
		return;
	answer.ended = prong_end(worker->server, unwanted, -1);
	prong_stats(worker->server, &answer.stats, sizeof(answer.stats));
	(void)send(worker->inside, &answer, sizeof(answer), MSG_NOSIGNAL);
}

/* Until main() closes its end. */
static void *
work(void *context)
{
	const struct worker *worker = context;
	const char *wish = worker->unwanted;
	struct answer answer;

	while (send(worker->outside, wish, strlen(wish), MSG_NOSIGNAL) > 0 &&
	       recv(worker->outside, &answer, sizeof(answer), 0) > 0) {
		printf("tick: %u live, %d ended\n", answer.stats.live, answer.ended);
		(void)usleep(100000);
	}
	return NULL;
}

static void
hire(struct worker *worker, struct prong *server)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		err(1, "socketpair");
	worker->server = server;
	worker->inside = ends[0];
	worker->outside = ends[1];
	if (prong_watch(server, worker->inside, EPOLLIN, on_wish, worker) < 0 ||
	    pthread_create(&worker->thread, NULL, work, worker) != 0)
		errx(1, "no thread, or nobody to hear it");
}

static void
dismiss(struct worker *worker)
{
	prong_unwatch(worker->server, worker->inside);
	(void)close(worker->inside);
	(void)pthread_join(worker->thread, NULL);
	(void)close(worker->outside);
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
start(struct host *host, const char *where)
{
	const char *const cat[] = { "cat", NULL };
	struct prong_service *service;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	host->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (host->server == NULL || host->signals < 0)
		err(1, "no server or signals");
	service = prong_service_add(host->server, "cat");
	if (service == NULL || prong_listen(service, where) < 0 ||
	    prong_program(service, cat) < 0 || prong_start(host->server) < 0 ||
	    prong_watch(host->server, host->signals, EPOLLIN, on_signal, host) < 0)
		errx(1, "%s", prong_error(host->server));
	printf("serving on %s\n", prong_bound(service, 0));
}

int
main(int argc, char *argv[])
{
	struct worker workers[2] = { { .unwanted = "127.0.0.66" },
		{ .unwanted = "::66" } };
	struct host host = { .server = prong_new() };

	setlinebuf(stdout);
	start(&host, argc > 1 ? argv[1] : "127.0.0.1:9999");
	for (int i = 0; i < 2; i++)
		hire(&workers[i], host.server);
	while (prong_dispatch(host.server, -1) == 0)
		;
	for (int i = 0; i < 2; i++)
		dismiss(&workers[i]);
	prong_free(host.server);
	return 0;
}
