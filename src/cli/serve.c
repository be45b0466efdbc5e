#include "serve.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

#include "base.h"
#include "logsink.h"
#include "manage.h"
#include "prong.h"
#include "process.h"
#include "setup.h"

/* After a look for orphans the next one waits this long: with many sessions ending, one
 * look serves them all. */
#define ORPHANS_PAUSE_MS 20

struct server {
	const struct options *options;
	struct notify *notify;
	struct logsink log;
	struct prong *prong;
	struct prong_service *service;
	struct manage manage;
	int signals, children, watchdog;
	bool is_on_terminal; /* text for a person */
	bool is_draining;
	bool saw_child_end;
	msec look_again;    /* when SIGCHLD is listened to again; 0: it is */
	uint32_t told_live; /* in the last STATUS while draining */
	char serving[512];  /* the start line */
};

static void
on_event(const struct prong_event *event, void *context)
{
	struct server *server = context;

	if (strcmp(event->name, "serving") == 0)
		(void)prong_event_text(event, server->serving, sizeof(server->serving));
	logsink_put(&server->log, event);
}

static void
say_signal(struct server *server, const char *name, const char *text)
{
	const struct prong_field fields[] = { { .key = "name", .text = name },
		{ .key = "text", .text = text } };
	const struct prong_event event = { .name = "signal",
		.level = PRONG_NOTICE,
		.sentence = "{name}: {text}",
		.fields = fields,
		.field_count = ARRAY_SIZE(fields) };

	logsink_put(&server->log, &event);
}

static void
tell_stopping(struct server *server)
{
	if (!server->is_draining)
		notify_send(server->notify, "STOPPING=1\nSTATUS=stopping");
	server->is_draining = server->manage.is_draining = true;
	server->told_live = UINT32_MAX;
}

static void
stop(struct server *server, int (*how)(struct prong *))
{
	tell_stopping(server);
	(void)how(server->prong);
}

/* For the control socket. */
static int
stop_within(void *context, int64_t timeout_ms)
{
	struct server *server = context;

	tell_stopping(server);
	return prong_drain_within(server->prong, timeout_ms);
}

static void
take_signal(struct server *server, uint32_t number)
{
	switch (number) {
	case SIGINT: /* the terminal has just shown ^C */
		if (server->is_on_terminal)
			logsink_put_plain(&server->log, "\n");
		stop(server, prong_drain);
		return;
	case SIGTERM:
		stop(server, prong_drain);
		return;
	case SIGQUIT:
		stop(server, prong_kill);
		return;
	case SIGHUP:
		say_signal(server, "HUP", "a command-line server has nothing to reload");
		return;
	case SIGUSR2:
		say_signal(
		    server, "USR2", "a command-line server cannot be upgraded in place");
		return;
	default:
		say_signal(server, "USR1", "has no meaning here");
	}
}

static void
on_signals(uint32_t events, void *context)
{
	struct server *server = context;
	struct signalfd_siginfo info[8];
	ssize_t got = read(server->signals, info, sizeof(info));

	(void)events;
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(info[0]); i++)
		take_signal(server, info[i].ssi_signo);
}

/* SIGCHLD: sessions are seen to by the engine; what else has ended is an orphan. */
static void
on_children(uint32_t events, void *context)
{
	struct server *server = context;
	struct signalfd_siginfo info[8];

	(void)events;
	(void)!read(server->children, info, sizeof(info));
	server->saw_child_end = true;
}

static void
on_watchdog(uint32_t events, void *context)
{
	struct server *server = context;
	uint64_t times;

	(void)events;
	if (read(server->watchdog, &times, sizeof(times)) > 0)
		notify_send(server->notify, "WATCHDOG=1");
}

static msec
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (msec)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
look_for_orphans(struct server *server)
{
	if (server->saw_child_end) {
		server->saw_child_end = false;
		(void)prong_reap_orphans(server->prong);
		(void)prong_watch(
		    server->prong, server->children, 0, on_children, server);
		server->look_again = now_ms() + ORPHANS_PAUSE_MS;
	} else if (server->look_again != 0 && now_ms() >= server->look_again) {
		server->look_again = 0;
		(void)prong_watch(
		    server->prong, server->children, EPOLLIN, on_children, server);
	}
}

static void
tell_draining(struct server *server)
{
	struct prong_stats stats;

	if (!server->is_draining || server->notify->fd < 0)
		return;
	prong_stats(server->prong, &stats);
	if (stats.live == server->told_live)
		return;
	server->told_live = stats.live;
	notify_send(server->notify, "STATUS=draining, %u live", stats.live);
}

/* How long nothing can be due; -1: for ever. */
static int
turn_timeout(const struct server *server)
{
	int log = logsink_wait(&server->log);

	if (server->look_again == 0)
		return log;
	return log >= 0 && log < ORPHANS_PAUSE_MS ? log : ORPHANS_PAUSE_MS;
}

static int
take_turn(struct server *server)
{
	int status;

	logsink_flush(&server->log);
	logsink_watch(&server->log, server->prong);
	status = prong_dispatch(server->prong, turn_timeout(server));
	look_for_orphans(server);
	tell_draining(server);
	return status;
}

static int
run_loop(struct server *server)
{
	int status;

	do
		status = take_turn(server);
	while (status == 0);
	if (status > 0)
		return SERVE_STOPPED;
	logsink_fail(&server->log, prong_error(server->prong));
	return SERVE_FAILED;
}

static int
fail_setup(struct server *server, const char *what, int error)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "setting up: %s: %s", what, strerror(error));
	logsink_fail(&server->log, text);
	return SERVE_SYSTEM;
}

static int
watch_all(struct server *server)
{
	struct prong *prong = server->prong;
	int rc;

	server->signals = process_signals_open();
	server->children = process_children_open();
	if (server->signals < 0 || server->children < 0)
		return fail_setup(server, "signalfd",
		    server->signals < 0 ? -server->signals : -server->children);
	rc = prong_watch(prong, server->signals, EPOLLIN, on_signals, server);
	if (rc == 0)
		rc = prong_watch(prong, server->children, EPOLLIN, on_children, server);
	if (rc < 0)
		return fail_setup(server, "watching signals", -rc);
	server->watchdog = notify_watchdog_open(server->notify);
	if (server->watchdog >= 0 &&
	    (rc = prong_watch(prong, server->watchdog, EPOLLIN, on_watchdog, server)) < 0)
		return fail_setup(server, "watching the watchdog's timer", -rc);
	return 0;
}

/* Tells everyone who waits: the log first, so it is there when the others go on. */
static void
announce(struct server *server)
{
	if (server->options->is_bare && server->is_on_terminal)
		logsink_put_plain(&server->log,
		    "             try it from another terminal: nc 127.0.0.1 9999\n");
	logsink_flush(&server->log);
	if (server->options->ready_fd >= 0)
		setup_tell_ready(server->service, server->options->ready_fd);
	notify_send(server->notify, "READY=1\nMAINPID=%ld\nSTATUS=%s", (long)getpid(),
	    server->serving);
}

/* The spelling of words was checked before; what the engine still calls invalid is
 * usage. */
static int
fail_engine(struct server *server, int failed)
{
	logsink_fail(&server->log, prong_error(server->prong));
	return failed == -EINVAL || failed == -ERANGE ? SERVE_USAGE : SERVE_FAILED;
}

static void
open_control(struct server *server)
{
	const struct manage_order order = { .prong = server->prong,
		.options = server->options,
		.log = &server->log,
		.drain = stop_within,
		.context = server };

	manage_open(&server->manage, &order);
}

static int
start(struct server *server, const struct setup_order *order)
{
	int failed = setup_service(server->prong, order, &server->service);

	if (failed == 0)
		failed = prong_start(server->prong);
	if (failed < 0)
		return fail_engine(server, failed);
	open_control(server);
	announce(server);
	return 0;
}

static int
run_server(struct server *server, const struct inherit *inherit)
{
	struct setup_order order = { .options = server->options, .inherit = inherit };
	int failed;

	(void)process_adopt_orphans();
	/* Before the limit is raised: programs get what it is now. */
	server->prong = prong_new();
	if (server->prong == NULL)
		return fail_setup(server, "the engine", errno);
	(void)process_raise_files();
	failed = watch_all(server);
	if (failed != 0)
		return failed;
	prong_on_event(server->prong, on_event, server);
	failed = start(server, &order);
	return failed != 0 ? failed : run_loop(server);
}

static void
explain_no_log(enum format_kind format, int error)
{
	if (format != FORMAT_JOURNALD) {
		(void)fprintf(stderr, "prong: opening the log: %s\n", strerror(error));
		return;
	}
	(void)fprintf(stderr,
	    "prong: --log journald: /run/systemd/journal/socket: %s\n"
	    "    there is no journal here to write to; --log json writes to stderr\n",
	    strerror(error));
}

int
serve_run(
    const struct options *options, const struct inherit *inherit, struct notify *notify)
{
	const bool is_terminal = isatty(STDERR_FILENO);
	enum format_kind format = options->log_is_set ? options->log
				  : is_terminal       ? FORMAT_TEXT
						      : FORMAT_JSON;
	struct server *server = calloc(1, sizeof(*server));
	int status = server == NULL
			 ? -ENOMEM
			 : logsink_init(&server->log, format, options->is_quiet);

	if (status < 0) {
		explain_no_log(format, -status);
		free(server);
		return status == -ENOMEM ? SERVE_SYSTEM : SERVE_FAILED;
	}
	server->options = options;
	server->notify = notify;
	server->is_on_terminal = is_terminal && format == FORMAT_TEXT;
	server->signals = server->children = server->watchdog = -1;
	status = run_server(server, inherit);
	manage_close(&server->manage);
	prong_free(server->prong);
	logsink_done(&server->log);
	close_fd(&server->watchdog);
	close_fd(&server->signals);
	close_fd(&server->children);
	free(server);
	return status;
}
