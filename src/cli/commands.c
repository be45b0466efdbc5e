#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "check.h"
#include "completion.h"
#include "ctl.h"
#include "explain.h"
#include "help.h"
#include "import.h"
#include "process.h"
#include "schema.h"
#include "serve.h"
#include "text.h"
#include "words.h"

static bool
asks_for_help(int argc, char *const argv[])
{
	const char *last = argv[argc - 1];

	return argc > 1 && (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0);
}

static int
run_import(int argc, char *argv[])
{
	if (asks_for_help(argc, argv)) {
		(void)printf(
		    _("prong import %s FILE...\n\n"
		      "Prints a configuration of ours and, as comments, what has "
		      "no equivalent.\n"
		      "docs/import.md has what becomes of what.\n\n"
		      "Exit status: 0 done, 1 a file could not be read or is empty, 2 usage.\n"),
		    IMPORT_KINDS);
		return SERVE_STOPPED;
	}
	return (int)import_run(argc > 1 ? argv[1] : "", argv + (argc > 1 ? 2 : 1),
	    argc > 2 ? (size_t)argc - 2 : 0, stdout, stderr);
}

static int
run_schema(int argc, char *argv[])
{
	(void)argv;
	if (argc > 1) {
		(void)puts(_("prong schema\n\n"
			     "Prints the JSON schema of a configuration, for editors."));
		return asks_for_help(argc, argv) ? SERVE_STOPPED : SERVE_USAGE;
	}
	schema_write(stdout);
	return fflush(stdout) == 0 ? SERVE_STOPPED : SERVE_FAILED;
}

static int run_help(int argc, char *argv[]);

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[]); /* argv[0] is the name */
	const char *help;
} own[] = {
	{ "check", check_run,
	    N_("every mistake of a configuration, and what it would need") },
	{ "explain", explain_run,
	    N_("what happens to a connection, with the values in force") },
	{ "import", run_import,
	    N_("a configuration of ours from inetd, xinetd or systemd") },
	{ "schema", run_schema, N_("the JSON schema of a configuration, for editors") },
	{ "completion", completion_run, N_("a completion script for bash, zsh or fish") },
	{ "help", run_help, N_("all options, or what a command does") },
};

bool
commands_run(int argc, char *argv[], int *ret_status)
{
	const struct ctl_command *command = argc > 1 ? ctl_find(argv[1]) : NULL;
	size_t i = 0;

	if (argc < 2)
		return false;
	while (i < ARRAY_SIZE(own) && strcmp(own[i].name, argv[1]) != 0)
		i++;
	if (command == NULL && i == ARRAY_SIZE(own))
		return false;
	if (process_fill_standard_fds() < 0)
		*ret_status = SERVE_SYSTEM;
	else if (command != NULL)
		*ret_status = ctl_run(command, argc - 1, argv + 1);
	else
		*ret_status = own[i].run(argc - 1, argv + 1);
	return true;
}

/* `prong help ps` is `prong ps --help`. */
static int
run_help(int argc, char *argv[])
{
	const char *nearest;
	int status = SERVE_STOPPED;

	if (asks_for_help(argc, argv) || argc > 2) {
		(void)puts(
		    _("prong help [COMMAND]\n\n"
		      "Prints what prong --help prints, or what COMMAND --help does."));
		return asks_for_help(argc, argv) ? SERVE_STOPPED : SERVE_USAGE;
	}
	if (argc == 1) {
		help_print(stdout);
		return fflush(stdout) == 0 ? SERVE_STOPPED : SERVE_FAILED;
	}
	if (commands_run(
		3, (char *[]){ argv[0], argv[1], (char[]){ "--help" }, NULL }, &status))
		return status;
	nearest = commands_nearest(argv[1]);
	(void)fprintf(stderr, _("prong help: '%s' is not a command"), argv[1]);
	if (nearest != NULL)
		(void)fprintf(stderr, _("; did you mean %s?"), nearest);
	(void)fputs(_("\nprong help: all options and commands: prong --help\n"), stderr);
	return SERVE_USAGE;
}

const char *
commands_nearest(const char *word)
{
	const char *names[64];
	size_t count = 0;

	while (count < ARRAY_SIZE(names) && commands_name(count) != NULL) {
		names[count] = commands_name(count);
		count++;
	}
	return text_nearest(word, names, count);
}

const char *
commands_name(size_t i)
{
	if (i < ARRAY_SIZE(own))
		return own[i].name;
	i -= ARRAY_SIZE(own);
	return i < ctl_command_count ? ctl_commands[i].name : NULL;
}

const char *
commands_help(size_t i)
{
	if (i < ARRAY_SIZE(own))
		return words_get(own[i].help);
	i -= ARRAY_SIZE(own);
	return i < ctl_command_count ? words_get(ctl_commands[i].help) : NULL;
}
