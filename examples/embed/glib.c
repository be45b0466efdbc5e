/*
 * glib -- a server in a main loop of GLib
 *
 *     glib [LISTEN]      SIGTERM: drain and end
 *
 * Look at:
 * - main(): g_unix_fd_add() takes the one descriptor of prong_fd().  GLib asks by
 *   poll(2) in each round, so one prong_dispatch(server, 0) for each call is enough.
 * - on_prong(): 1 means drained.  G_SOURCE_REMOVE takes the descriptor out of the loop,
 *   and only then main() may call prong_free(), which closes it.
 * - start(): sessions run a program, not a function.  GLib has a thread of its own as
 *   soon as it watches signals or children, and many of its users have more: see
 *   threaded.c.
 * - on_end(): an account of each session.
 * - on_child(): g_child_watch_add() asks for its own children only, the library for its
 *   sessions only.
 */
#include <err.h>
#include <glib-unix.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

struct host {
	struct prong *server;
	GMainLoop *loop;
	GPid child;                           /* 0: none now */
	uint64_t cpu_us, bytes_in, bytes_out; /* of all sessions that are over */
};

/* Exactly once for each session: what billing would want to know. */
static void
on_end(const struct prong_ending *ending, void *context)
{
	struct host *host = context;

	if (ending->has_cost)
		host->cpu_us += ending->cpu_us;
	if (ending->has_bytes) {
		host->bytes_in += ending->bytes_in;
		host->bytes_out += ending->bytes_out;
	}
	printf("account: %s, number %" G_GUINT64_FORMAT ": %s\n", ending->source,
	    ending->number, ending->text);
}

static gboolean
on_prong(gint fd, GIOCondition condition, gpointer context)
{
	struct host *host = context;
	int rc = prong_dispatch(host->server, 0);

	(void)fd, (void)condition;
	if (rc == 0)
		return G_SOURCE_CONTINUE;
	if (rc < 0)
		warnx("%s", prong_error(host->server));
	g_main_loop_quit(host->loop);
	return G_SOURCE_REMOVE;
}

static gboolean
on_term(gpointer context)
{
	struct host *host = context;

	(void)prong_drain(host->server); /* its end makes prong_fd() readable */
	return G_SOURCE_CONTINUE;        /* a second one ends sessions at once */
}

static void
on_child(GPid pid, gint status, gpointer context)
{
	struct host *host = context;

	g_spawn_close_pid(pid);
	printf("own child: exited %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	host->child = 0;
}

static gboolean
on_tick(gpointer context)
{
	struct host *host = context;
	gchar *words[] = { (gchar[]){ "/bin/sh" }, (gchar[]){ "-c" },
		(gchar[]){ "exit 7" }, NULL };
	struct prong_stats stats;

	prong_stats(host->server, &stats, sizeof(stats));
	printf("tick: %u live\n", stats.live);
	if (host->child != 0)
		return G_SOURCE_CONTINUE;
	if (g_spawn_async(NULL, words, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
		&host->child, NULL))
		(void)g_child_watch_add(host->child, on_child, host);
	return G_SOURCE_CONTINUE;
}

static struct prong_service *
start(struct host *host, const char *where)
{
	const char *const cat[] = { "cat", NULL };
	struct prong_service *service;

	if (host->server == NULL)
		err(1, "prong_new");
	service = prong_service_add(host->server, "cat");
	if (service == NULL || prong_listen(service, where) < 0 ||
	    prong_on_end(service, on_end, host) < 0 || prong_program(service, cat) < 0 ||
	    prong_start(host->server) < 0)
		errx(1, "%s", prong_error(host->server));
	return service;
}

int
main(int argc, char *argv[])
{
	struct host host = { .server = prong_new() };
	struct prong_service *service =
	    start(&host, argc > 1 ? argv[1] : "127.0.0.1:9999");
	guint term, tick;

	setlinebuf(stdout);
	host.loop = g_main_loop_new(NULL, FALSE);
	(void)g_unix_fd_add(prong_fd(host.server), G_IO_IN, on_prong, &host);
	term = g_unix_signal_add(SIGTERM, on_term, &host);
	tick = g_timeout_add(200, on_tick, &host);
	printf("serving on %s\n", prong_bound(service, 0));
	g_main_loop_run(host.loop);

	(void)g_source_remove(term);
	(void)g_source_remove(tick);
	g_main_loop_unref(host.loop);
	if (host.child != 0)
		(void)waitpid(host.child, NULL, 0);
	prong_free(host.server); /* the last sessions' endings are told in here */
	printf("all sessions: %" G_GUINT64_FORMAT " bytes in, %" G_GUINT64_FORMAT
	       " out\n",
	    host.bytes_in, host.bytes_out);
	return 0;
}
