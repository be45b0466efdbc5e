#include "serve.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

#include "base.h"
#include "choose.h"
#include "failure.h"
#include "logcarry.h"
#include "process.h"
#include "reread.h"
#include "server.h"
#include "takeover.h"
#include "words.h"

/* After a look for orphans the next one waits this long: with many sessions ending, one
 * look serves them all. */
#define ORPHANS_PAUSE_MS 20

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
take_signal(struct server *server, uint32_t number)
{
	switch (number) {
	case SIGINT: /* the terminal has just shown ^C */
		if (server->is_on_terminal)
			logsink_put_plain(&server->log, "\n");
		server_stop(server, prong_drain);
		return;
	case SIGTERM:
		server_stop(server, prong_drain);
		return;
	case SIGQUIT:
		server_stop(server, prong_kill);
		return;
	case SIGHUP:
		if (server->is_draining)
			say_signal(server, "HUP", "the server is stopping");
		else
			reread_now(server, 0);
		return;
	case SIGUSR2:
		if (server->is_draining)
			say_signal(server, "USR2", "the server is stopping");
		else
			upgrade_begin(server, 0);
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
		notify_ping(server->notify);
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
	prong_stats(server->prong, &stats, sizeof(stats));
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

/* In another's place there is one who can go on. */
static int
fail_setup(
    struct server *server, const struct serve_order *order, const char *what, int error)
{
	char text[256];

	(void)snprintf(
	    text, sizeof(text), _("setting up: %s: %s"), what, words_error(error));
	takeover_back(order->handover, order->notify, order->argv, text);
	logsink_fail(&server->log, text);
	return SERVE_SYSTEM;
}

static int
watch_all(struct server *server, const struct serve_order *order)
{
	struct prong *prong = server->prong;
	int rc;

	server->signals = process_signals_open();
	server->children = process_children_open();
	if (server->signals < 0 || server->children < 0)
		return fail_setup(server, order, "signalfd",
		    server->signals < 0 ? -server->signals : -server->children);
	rc = prong_watch(prong, server->signals, EPOLLIN, on_signals, server);
	if (rc == 0)
		rc = prong_watch(prong, server->children, EPOLLIN, on_children, server);
	if (rc < 0)
		return fail_setup(server, order, "watching signals", -rc);
	server->watchdog = notify_watchdog_open(server->notify);
	if (server->watchdog >= 0 &&
	    (rc = prong_watch(prong, server->watchdog, EPOLLIN, on_watchdog, server)) < 0)
		return fail_setup(server, order, "watching the watchdog's timer", -rc);
	return 0;
}

/* Tells everyone who waits: the log first, so it is there when the others go on. */
static void
announce(struct server *server)
{
	if (server->options->is_bare && server->is_on_terminal)
		logsink_put_plain(&server->log,
		    _("             try it from another terminal: nc 127.0.0.1 9999\n"));
	logsink_flush(&server->log);
	if (server->options->ready_fd >= 0)
		setup_tell_ready(server->prong, server->options->ready_fd);
	server_notify_ready(server);
}

static int
start(struct server *server, const struct setup_order *order)
{
	int failed = setup_services(server->prong, order);
	char message[512];

	if (failed == 0)
		failed = prong_start(server->prong);
	if (failed < 0)
		return failure_tell(server, order, failed);
	if (setup_find_unused(order, message, sizeof(message)))
		server_say(server, PRONG_WARNING, "warning", "{text}", message);
	manage_open(server);
	announce(server);
	return 0;
}

static int
run_server(struct server *server, const struct serve_order *order)
{
	const bool is_new = order->handover->kind == HANDOVER_NONE;
	int failed;

	(void)process_adopt_orphans();
	/* Before the limit is raised: programs get what it is now. */
	server->prong = prong_new();
	if (server->prong == NULL)
		return fail_setup(server, order, "the engine", errno);
	(void)process_raise_files();
	failed = watch_all(server, order);
	if (failed != 0)
		return failed;
	prong_on_event(server->prong, server_on_event, server);
	if (is_new)
		failed = start(server, &order->setup);
	else
		failed = takeover_take(server, order->handover, order->argv);
	if (failed != 0)
		return is_new ? failed : SERVE_FAILED;
	return run_loop(server);
}

static void
explain_no_log(enum format_kind format, int error)
{
	if (format != FORMAT_JOURNALD) {
		(void)fprintf(
		    stderr, _("prong: opening the log: %s\n"), words_error(error));
		return;
	}
	(void)fprintf(stderr,
	    _("prong: --log journald: /run/systemd/journal/socket: %s\n"
	      "    there is no journal here to write to; --log json writes to stderr\n"),
	    words_error(error));
}

static void
server_free(struct server *server)
{
	if (server->prong != NULL)
		upgrade_done(server);
	manage_close(server);
	prong_free(server->prong);
	logsink_done(&server->log);
	close_fd(&server->watchdog);
	close_fd(&server->signals);
	close_fd(&server->children);
	config_free(&server->config);
	free(server);
}

int
serve_run(const struct serve_order *order)
{
	struct server *server = calloc(1, sizeof(*server));
	enum format_kind format = choose_format(&order->setup);
	int status = server == NULL ? -ENOMEM
				    : logsink_init(&server->log, format,
					  choose_quiet(&order->setup));

	if (status < 0) {
		takeover_back(order->handover, order->notify, order->argv,
		    "the log cannot be opened");
		explain_no_log(format, -status);
		free(server);
		return status == -ENOMEM ? SERVE_SYSTEM : SERVE_FAILED;
	}
	if (order->handover->log >= 0)
		logcarry_read(&server->log, order->handover->log);
	/* A log for programs is English, with all that comes to stand in it. */
	if (format == FORMAT_TEXT)
		words_begin();
	else
		words_end();
	server->options = order->setup.options;
	server->inherit = order->setup.inherit;
	server->notify = order->notify;
	if (order->setup.config != NULL)
		server->config = *order->setup.config;
	server->generation = 1;
	server->carried_words = "";
	server->started_at = time(NULL);
	if (order->handover->kind != HANDOVER_NONE) {
		server->generation = order->handover->generation;
		server->started_at = order->handover->started_at;
		if (order->handover->kind == HANDOVER_BACK)
			server->carried_words = order->handover->words;
	}
	server->signals = server->children = server->watchdog = -1;
	server->is_on_terminal = isatty(STDERR_FILENO) && format == FORMAT_TEXT;
	upgrade_init(&server->upgrade, order->argv, order->handover->path);
	choose_path(&order->setup, server->config_path);
	choose_name(&order->setup, server->name, sizeof(server->name));
	status = run_server(server, order);
	server_free(server);
	return status;
}
