/*
 * main -- the command `prong`: a server from one line of a shell
 *
 * The first client of prong.h: whatever it needs of the engine, any program can have.
 * Puts its own process in order, reads the command line and what a service manager
 * left in the environment, and serves.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "choose.h"
#include "commands.h"
#include "help.h"
#include "here.h"
#include "inherit.h"
#include "listenword.h"
#include "load.h"
#include "mistakes.h"
#include "notify.h"
#include "options.h"
#include "process.h"
#include "serve.h"
#include "takeover.h"
#include "words.h"

/* What was handed over stays open until it is sure that it is ours. */
static int
set_up_process(const struct handover *handover)
{
	int failed = process_fill_standard_fds();

	process_reset_signals();
	if (failed < 0)
		return failed;
	tzset();
	if (handover->kind == HANDOVER_TAKE || handover->kind == HANDOVER_BACK)
		return 0;
	return process_cloexec_fds();
}

static int
print(void (*what)(FILE *))
{
	what(stdout);
	if (fflush(stdout) == 0)
		return SERVE_STOPPED;
	(void)fprintf(stderr, _("prong: writing to stdout: %s\n"), words_error(errno));
	return SERVE_FAILED;
}

/* The old program again knows of its configuration what it needs itself. */
static void
set_said(struct serve_order *order, struct config *config)
{
	if (order->setup.options->config_path == NULL)
		return;
	handover_get_said(order->handover, config);
	order->setup.config = config;
}

/* What is wrong is for the program that executed us: it is collected. */
static int
load_in_place(struct serve_order *order, struct config *config, struct mistakes *mistakes,
    char **ret_text)
{
	size_t size;
	FILE *out = open_memstream(ret_text, &size);

	if (out == NULL)
		return -errno;
	mistakes->out = out;
	if (order->handover->kind == HANDOVER_BACK)
		set_said(order, config);
	else
		load_all(&order->setup, config, mistakes);
	mistakes->out = stderr;
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

static int
serve_in_place(
    struct serve_order *order, struct config *config, struct mistakes *mistakes)
{
	const struct handover *handover = order->handover;
	cleanup_(free_text) char *text = NULL;
	int failed = load_in_place(order, config, mistakes, &text);

	if (failed == 0 && handover->kind == HANDOVER_TRIAL) {
		int status = takeover_try(
		    handover, &order->setup, mistakes->count > 0 ? text : NULL);

		config_free(config);
		return status;
	}
	if (failed == 0 && mistakes->count == 0)
		return serve_run(order);
	config_free(config);
	takeover_back(handover, order->notify, order->argv,
	    failed < 0                        ? strerror(-failed)
	    : text == NULL || text[0] == '\0' ? "the command line is not understood"
					      : text);
	(void)fputs(text == NULL ? "" : text, stderr);
	return failed < 0 ? SERVE_SYSTEM : SERVE_FAILED;
}

/* The first word may have been meant as a command. */
static void
tell_nothing_started(const char *first)
{
	const char *nearest =
	    *first != '-' && listenword_is_other(first) ? commands_nearest(first) : NULL;

	if (nearest != NULL)
		(void)fprintf(stderr, _("prong: did you mean prong %s?\n"), nearest);
	(void)fputs(_("prong: nothing was started; all options: prong --help\n"), stderr);
}

static int
serve_new(struct serve_order *order, struct config *config, struct mistakes *mistakes)
{
	bool is_for_people;
	int status;

	load_all(&order->setup, config, mistakes);
	if (mistakes->count == 0)
		load_check_ready(order->setup.options, mistakes);
	if (mistakes->count > 0) {
		config_free(config);
		return SERVE_USAGE;
	}
	/* Whoever reads the log as data was told there. */
	is_for_people = choose_format(&order->setup) == FORMAT_TEXT;
	status = serve_run(order);
	if (status == SERVE_USAGE && is_for_people)
		tell_nothing_started(order->argv[1] == NULL ? "" : order->argv[1]);
	return status;
}

static int
serve(const struct options *options, const struct handover *handover, char *argv[],
    struct mistakes *mistakes)
{
	struct inherit inherit;
	struct notify notify;
	struct config config = { 0 };
	struct serve_order order = {
		.setup = { .options = options, .inherit = &inherit },
		.handover = handover,
		.notify = &notify,
		.argv = argv,
	};
	int status;

	inherit_init(&inherit);
	if (handover->kind != HANDOVER_NONE)
		inherit_adopt(&inherit, handover->sockets, handover->names);
	notify_init(&notify);
	status = handover->kind == HANDOVER_NONE
		     ? serve_new(&order, &config, mistakes)
		     : serve_in_place(&order, &config, mistakes);
	notify_done(&notify);
	inherit_done(&inherit);
	return status;
}

/* What the service manager said is in the environment still. */
static int
fail_start(const struct handover *handover, char *argv[], int error)
{
	takeover_back(handover, &(struct notify){ .fd = -1 }, argv, strerror(error));
	(void)fprintf(stderr, _("prong: starting up: %s\n"), words_error(error));
	return SERVE_SYSTEM;
}

static int
run_options(int argc, char *argv[], const struct handover *handover)
{
	struct mistakes mistakes = { .out = stderr };
	struct options options = { 0 };
	int status = options_init(&options, argc, argv, &mistakes);

	if (status < 0)
		return fail_start(handover, argv, -status);
	if (options.wants_help)
		status = print(help_print);
	else if (options.wants_version)
		status = print(here_print);
	else
		status = serve(&options, handover, argv, &mistakes);
	if (status == SERVE_USAGE && mistakes.count > 0)
		tell_nothing_started(argc > 1 ? argv[1] : "");
	options_done(&options);
	return status;
}

int
main(int argc, char *argv[])
{
	struct handover handover;
	int status;

	words_begin();
	if (commands_run(argc, argv, &status))
		return status;
	if (!handover_read(&handover)) {
		(void)fputs(_("prong: PRONG_UPGRADE is set, but not by prong\n"), stderr);
		return SERVE_USAGE;
	}
	/* What a trial says is read by the program that started it. */
	if (handover.kind != HANDOVER_NONE)
		words_end();
	status = set_up_process(&handover);
	if (status < 0)
		return fail_start(&handover, argv, -status);
	return run_options(argc, argv, &handover);
}
