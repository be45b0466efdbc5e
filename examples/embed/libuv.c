/*
 * libuv -- a server in a loop of libuv
 *
 *     libuv [LISTEN]      SIGTERM: drain and end
 *
 * Look at:
 * - main(): the one descriptor of prong_fd() becomes a uv_poll_t.  libuv watches it
 *   level-triggered, so one prong_dispatch(server, 0) for each call is enough.
 * - on_prong(): 1 means drained.  All handles are closed then; uv_run() returns when
 *   the last of them is, and a child of our own has ended too.
 * - the order at the end: uv_close() of the poll handle, then prong_free(), which
 *   closes the descriptor.
 * - on_child(): libuv asks for each of its own children by its number and the library
 *   for its sessions by pidfds: uv_spawn() and sessions do not meet.
 * - on_event(): everything that happens, as lines of a log.
 */
#include <err.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <uv.h>

struct host {
	struct prong *server;
	uv_poll_t prong;
	uv_signal_t term;
	uv_timer_t tick;
	uv_process_t child;
	bool has_child;
};

/* Called in the middle of a turn: say it and return. */
static void
on_event(const struct prong_event *event, void *context)
{
	char text[1024];

	(void)context;
	(void)prong_event_text(event, text, sizeof(text));
	printf("log: <%d> %s\n", event->level, text);
}

static void
on_prong(uv_poll_t *poll, int status, int events)
{
	struct host *host = poll->data;
	int rc = status < 0 ? status : prong_dispatch(host->server, 0);

	(void)events;
	if (rc == 0)
		return;
	if (rc < 0)
		warnx("%s", status < 0 ? uv_strerror(status) : prong_error(host->server));
	uv_close((uv_handle_t *)&host->prong, NULL);
	uv_close((uv_handle_t *)&host->term, NULL);
	uv_close((uv_handle_t *)&host->tick, NULL);
}

static void
on_term(uv_signal_t *term, int number)
{
	struct host *host = term->data;

	(void)number;
	(void)prong_drain(host->server); /* its end makes prong_fd() readable */
}

static void
on_closed(uv_handle_t *child)
{
	((struct host *)child->data)->has_child = false;
}

static void
on_child(uv_process_t *child, int64_t status, int number)
{
	printf("own child: exited %d, signal %d\n", (int)status, number);
	uv_close((uv_handle_t *)child, on_closed);
}

/* The host has work of its own: children, and a look at the numbers. */
static void
on_tick(uv_timer_t *tick)
{
	struct host *host = tick->data;
	char *words[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ "exit 7" },
		NULL };
	const uv_process_options_t options = {
		.file = "/bin/sh", .args = words, .exit_cb = on_child
	};
	struct prong_stats stats;

	prong_stats(host->server, &stats, sizeof(stats));
	printf(
	    "tick: %u live, %llu ended\n", stats.live, (unsigned long long)stats.ended);
	if (host->has_child)
		return;
	host->has_child = true;
	host->child.data = host;
	if (uv_spawn(tick->loop, &host->child, &options) < 0)
		uv_close((uv_handle_t *)&host->child, on_closed);
}

static struct prong_service *
start(struct host *host, const char *where)
{
	const char *const echo[] = { "@echo", NULL };
	struct prong_service *service;

	if (host->server == NULL)
		err(1, "prong_new");
	prong_on_event(host->server, on_event, NULL);
	service = prong_service_add(host->server, "echo");
	if (service == NULL || prong_listen(service, where) < 0 ||
	    prong_program(service, echo) < 0 || prong_start(host->server) < 0)
		errx(1, "%s", prong_error(host->server));
	return service;
}

int
main(int argc, char *argv[])
{
	static struct host host; /* handles must not move */
	uv_loop_t loop;
	struct prong_service *service;

	setlinebuf(stdout);
	host.server = prong_new();
	service = start(&host, argc > 1 ? argv[1] : "127.0.0.1:9999");
	host.prong.data = host.term.data = host.tick.data = &host;
	if (uv_loop_init(&loop) < 0 ||
	    uv_poll_init(&loop, &host.prong, prong_fd(host.server)) < 0 ||
	    uv_poll_start(&host.prong, UV_READABLE, on_prong) < 0 ||
	    uv_signal_init(&loop, &host.term) < 0 ||
	    uv_signal_start(&host.term, on_term, SIGTERM) < 0 ||
	    uv_timer_init(&loop, &host.tick) < 0 ||
	    uv_timer_start(&host.tick, on_tick, 0, 200) < 0)
		errx(1, "no loop of libuv");
	printf("serving on %s\n", prong_bound(service, 0));
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	prong_free(host.server);
	return 0;
}
