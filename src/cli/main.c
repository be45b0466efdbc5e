/*
 * main -- the command `prong`: a server from one line of a shell
 *
 * The first client of prong.h: whatever it needs of the engine, any program can have.
 * Puts its own process in order, reads the command line and what a service manager
 * left in the environment, and serves.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "ctl.h"
#include "help.h"
#include "inherit.h"
#include "mistakes.h"
#include "notify.h"
#include "options.h"
#include "process.h"
#include "serve.h"

static int
set_up_process(void)
{
	int failed = process_fill_standard_fds();

	process_reset_signals();
	if (failed < 0)
		return failed;
	tzset();
	return process_cloexec_fds();
}

static int
print(void (*what)(FILE *))
{
	what(stdout);
	if (fflush(stdout) == 0)
		return SERVE_STOPPED;
	(void)fprintf(stderr, "prong: writing to stdout: %s\n", strerror(errno));
	return SERVE_FAILED;
}

/* What can be wrong with words that are spelled well. */
static void
check_surroundings(const struct options *options, const struct inherit *inherit,
    struct mistakes *mistakes)
{
	int flags = options->ready_fd < 0 ? O_WRONLY : fcntl(options->ready_fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
		mistakes_add(mistakes,
		    "--ready-fd: descriptor %d is not open for writing",
		    options->ready_fd);
		mistakes_hint(mistakes, "from a shell: prong --ready-fd %d %d>FILE",
		    options->ready_fd, options->ready_fd);
	}
	for (size_t i = 0; i < options->listen_count; i++)
		inherit_check(inherit, options->listens[i], mistakes);
}

static int
serve(const struct options *options, struct mistakes *mistakes)
{
	struct inherit inherit;
	struct notify notify;
	int status = SERVE_USAGE;

	inherit_init(&inherit);
	notify_init(&notify);
	if (mistakes->count == 0)
		check_surroundings(options, &inherit, mistakes);
	if (mistakes->count == 0)
		status = serve_run(options, &inherit, &notify);
	notify_done(&notify);
	inherit_done(&inherit);
	return status;
}

/* A first word that is a command; LISTEN never looks like one. */
static const struct ctl_command *
find_command(int argc, char *const argv[])
{
	return argc > 1 ? ctl_find(argv[1]) : NULL;
}

static int
run_command(const struct ctl_command *command, int argc, char *argv[])
{
	if (process_fill_standard_fds() < 0)
		return CTL_FAILED;
	return ctl_run(command, argc - 1, argv + 1);
}

int
main(int argc, char *argv[])
{
	const struct ctl_command *command = find_command(argc, argv);
	struct mistakes mistakes = { .out = stderr };
	struct options options = { 0 };
	int status;

	if (command != NULL)
		return run_command(command, argc, argv);
	status = set_up_process();
	if (status == 0)
		status = options_init(&options, argc, argv, &mistakes);
	if (status < 0) {
		(void)fprintf(stderr, "prong: starting up: %s\n", strerror(-status));
		return SERVE_SYSTEM;
	}
	if (options.wants_help)
		status = print(help_print);
	else if (options.wants_version)
		status = print(help_print_version);
	else
		status = serve(&options, &mistakes);
	if (status == SERVE_USAGE)
		(void)fputs(
		    "prong: nothing was started; all options: prong --help\n", stderr);
	options_done(&options);
	return status;
}
