/*
 * libevent -- a server in a loop of libevent, which has the last word about its clients
 *
 *     libevent [LISTEN]      SIGTERM: drain and end
 *
 * Look at:
 * - main(): the one descriptor of prong_fd() becomes a persistent EV_READ event,
 *   without EV_ET, whatever libevent's method is.  At the end: event_free(), then
 *   prong_free().
 * - on_prong(): one prong_dispatch(server, 0) for each call is enough.  1 means
 *   drained: event_base_loopbreak() ends the loop.
 * - admit(): a veto.  What it returns is the reason that the log gets.
 * - on_child(): a host waits for its own children by their numbers.  waitpid(-1) would
 *   take the statuses of sessions too (see reaping.c for a host that has to).
 */
#include <err.h>
#include <event2/event.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ON_PRONG, ON_TERM, ON_CHILD, ON_TICK, EVENTS };

struct host {
	struct prong *server;
	struct event_base *base;
	struct event *events[EVENTS];
	pid_t child; /* 0: none now */
};

/* The host's rules, whatever they are: this runs in the host's own process. */
static const char *
admit(const struct prong_client *client, void *context)
{
	(void)context;
	return strncmp(client->source, "127.0.0.66:", 11) == 0 ? "no luck today" : NULL;
}

static void
on_event(const struct prong_event *event, void *context)
{
	char text[1024];

	(void)context;
	(void)prong_event_text(event, text, sizeof(text));
	printf("log: %s\n", text);
}

static void
on_prong(evutil_socket_t fd, short what, void *context)
{
	struct host *host = context;
	int rc = prong_dispatch(host->server, 0);

	(void)fd, (void)what;
	if (rc == 0)
		return;
	if (rc < 0)
		warnx("%s", prong_error(host->server));
	(void)event_base_loopbreak(host->base);
}

static void
on_term(evutil_socket_t number, short what, void *context)
{
	struct host *host = context;

	(void)number, (void)what;
	(void)prong_drain(host->server); /* its end makes prong_fd() readable */
}

static void
on_child(evutil_socket_t number, short what, void *context)
{
	struct host *host = context;
	int status;

	(void)number, (void)what;
	if (host->child <= 0 || waitpid(host->child, &status, WNOHANG) <= 0)
		return; /* a session's, which is not ours to take */
	host->child = 0;
	printf("own child: exited %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	struct host *host = context;
	struct prong_stats stats;

	(void)fd, (void)what;
	prong_stats(host->server, &stats, sizeof(stats));
	printf("tick: %u live, %u refused\n", stats.live, (unsigned)stats.refused);
	if (host->child > 0)
		return;
	host->child = fork();
	if (host->child == 0)
		_exit(7);
}

static struct prong_service *
start(struct host *host, const char *where)
{
	const char *const echo[] = { "@echo", NULL };
	struct prong_service *service;

	prong_on_event(host->server, on_event, NULL);
	service = prong_service_add(host->server, "echo");
	if (service == NULL || prong_listen(service, where) < 0 ||
	    prong_on_admit(service, admit, NULL) < 0 ||
	    prong_program(service, echo) < 0 || prong_start(host->server) < 0)
		errx(1, "%s", prong_error(host->server));
	return service;
}

int
main(int argc, char *argv[])
{
	const struct timeval every = { .tv_usec = 200000 };
	struct host host = { .server = prong_new(), .base = event_base_new() };
	struct prong_service *service;

	setlinebuf(stdout);
	if (host.server == NULL || host.base == NULL)
		errx(1, "no server, or no loop");
	service = start(&host, argc > 1 ? argv[1] : "127.0.0.1:9999");
	host.events[ON_PRONG] = event_new(
	    host.base, prong_fd(host.server), EV_READ | EV_PERSIST, on_prong, &host);
	host.events[ON_TERM] = evsignal_new(host.base, SIGTERM, on_term, &host);
	host.events[ON_CHILD] = evsignal_new(host.base, SIGCHLD, on_child, &host);
	host.events[ON_TICK] = event_new(host.base, -1, EV_PERSIST, on_tick, &host);
	for (int i = 0; i < EVENTS; i++)
		if (host.events[i] == NULL ||
		    event_add(host.events[i], i == ON_TICK ? &every : NULL) < 0)
			errx(1, "no event");
	printf("serving on %s, by %s\n", prong_bound(service, 0),
	    event_base_get_method(host.base));
	(void)event_base_dispatch(host.base);
	for (int i = 0; i < EVENTS; i++)
		event_free(host.events[i]);
	prong_free(host.server);
	event_base_free(host.base);
	if (host.child > 0)
		(void)waitpid(host.child, NULL, 0);
	return 0;
}
