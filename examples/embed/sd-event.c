/*
 * sd-event -- a server in a loop of systemd's sd-event, with processes started ahead
 *
 *     sd-event [LISTEN]      SIGTERM: drain and end
 *
 * Look at:
 * - main(): sd_event_add_io() takes the one descriptor of prong_fd(), without EPOLLET.
 *   At the end sd_event_unref() frees the sources, and then prong_free() closes it.
 * - on_prong(): one prong_dispatch(server, 0) is enough.  1 means drained.
 * - sd-event wants its signals blocked: sessions begin with none blocked all the same.
 * - prepare(): runs before a client is there.  With `start` "spare" a few processes
 *   have done it already when one comes.
 */
#include <err.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

static bool is_composite[1000000];

struct host {
	struct prong *server;
	struct prong_service *service;
	sd_event *event;
	pid_t child;
};

/* Each process does it before its client comes, in its own memory. */
static int
prepare(void *context)
{
	(void)context;
	is_composite[0] = is_composite[1] = true;
	for (size_t i = 2; i * i < sizeof(is_composite); i++)
		for (size_t j = i * i; j < sizeof(is_composite) && !is_composite[i];
		     j += i)
			is_composite[j] = true;
	return 0; /* else the process would end, and another one be tried later */
}

static int
answer(const struct prong_birth *birth, void *context)
{
	char line[32];

	(void)birth, (void)context;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		unsigned long number = strtoul(line, NULL, 10) % 1000000;

		printf("%lu is %sprime\n", number, is_composite[number] ? "not " : "");
	}
	return 0;
}

static int
on_prong(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct host *host = context;
	int rc = prong_dispatch(host->server, 0);

	(void)source, (void)fd, (void)events;
	if (rc < 0)
		warnx("%s", prong_error(host->server));
	return rc == 0 ? 0 : sd_event_exit(host->event, 0);
}

static int
on_term(sd_event_source *source, const struct signalfd_siginfo *signal, void *context)
{
	struct host *host = context;

	(void)source, (void)signal;
	return prong_drain(host->server); /* its end makes prong_fd() readable */
}

static int
on_child(sd_event_source *source, const siginfo_t *ended, void *context)
{
	struct host *host = context;

	(void)source;
	printf("own child: exited %d\n", ended->si_status);
	host->child = 0;
	return 0;
}

static int
on_tick(sd_event_source *source, uint64_t now, void *context)
{
	struct host *host = context;
	struct prong_spares spares;

	prong_spares(host->service, &spares, sizeof(spares));
	printf("tick: %u ready, %u met one\n", spares.ready, (unsigned)spares.hits);
	if (host->child <= 0) {
		host->child = fork();
		if (host->child == 0)
			_exit(7);
		(void)sd_event_add_child(
		    host->event, NULL, host->child, WEXITED, on_child, host);
	}
	(void)sd_event_source_set_time(source, now + 200000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void
start(struct host *host, const char *where)
{
	host->service = prong_service_add(host->server, "primes");
	if (host->service == NULL || prong_listen(host->service, where) < 0 ||
	    prong_set(host->service, "start", "spare") < 0 ||
	    prong_handler(host->service, answer, NULL) < 0 ||
	    prong_prepare(host->service, prepare) < 0 || prong_start(host->server) < 0)
		errx(1, "%s", prong_error(host->server));
}

int
main(int argc, char *argv[])
{
	struct host host = { .server = prong_new() };
	sigset_t set;

	setlinebuf(stdout);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (host.server == NULL)
		err(1, "prong_new");
	start(&host, argc > 1 ? argv[1] : "127.0.0.1:9999");
	if (sd_event_new(&host.event) < 0 ||
	    sd_event_add_io(
		host.event, NULL, prong_fd(host.server), EPOLLIN, on_prong, &host) < 0 ||
	    sd_event_add_signal(host.event, NULL, SIGTERM, on_term, &host) < 0 ||
	    sd_event_add_time(host.event, NULL, CLOCK_MONOTONIC, 0, 0, on_tick, &host) <
		0)
		errx(1, "no loop of sd-event");
	printf("serving on %s\n", prong_bound(host.service, 0));
	(void)sd_event_loop(host.event);
	(void)sd_event_unref(host.event);
	if (host.child > 0)
		(void)waitpid(host.child, NULL, 0);
	prong_free(host.server);
	return 0;
}
