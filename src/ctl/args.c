#include "args.h"

#include <getopt.h>

#include "ctl.h"
#include "text.h"
#include "words.h"

static const struct row {
	const char *name;
	int code, has_value;
	unsigned needs; /* 0: every command has it */
	const char *spelling, *help;
} rows[] = {
	{ "instance", 'i', required_argument, 0, "--instance NAME|PID",
	    N_("which server, if several run") },
	{ "control", 'c', required_argument, 0, "--control PATH",
	    N_("the control socket of the server") },
	{ "service", 's', required_argument, ARGS_SERVICE, "--service NAME",
	    N_("only that service") },
	{ "json", 'j', no_argument, ARGS_JSON, "--json", N_("for programs") },
	{ "once", 'b', no_argument, ARGS_ONCE, "-b, --once",
	    N_("print one view as plain text") },
	{ "grace", 'g', required_argument, ARGS_GRACE, "--grace TIME",
	    N_("between TERM and KILL [the service's term-grace]") },
	{ "timeout", 't', required_argument, ARGS_TIMEOUT, "--timeout TIME",
	    N_("how long sessions may go on [the service's drain-timeout]") },
	{ "now", 'n', no_argument, ARGS_GRACE, "--now", N_("KILL at once") },
	{ "now", 'n', no_argument, ARGS_TIMEOUT, "--now",
	    N_("TERM at once, and KILL after the service's term-grace") },
	{ "for", 'f', required_argument, ARGS_FOR, "--for TIME",
	    N_("resume by itself after that time") },
	{ "wait", 'w', no_argument, ARGS_WAIT, "--wait",
	    N_("come back when the server has ended") },
	{ "help", 'h', no_argument, 0, "-h, --help", N_("this text") },
};

static bool
is_of(const struct row *row, const struct ctl_command *command)
{
	return row->needs == 0 || (row->needs & command->options) != 0;
}

static void
take(struct args *args, int code)
{
	switch (code) {
	case 'i':
		args->instance = optarg;
		return;
	case 'c':
		args->control = optarg;
		return;
	case 's':
		args->service = optarg;
		return;
	case 'g':
		args->grace = optarg;
		return;
	case 't':
		args->timeout = optarg;
		return;
	case 'f':
		args->time = optarg;
		return;
	case 'j':
		args->json = true;
		return;
	case 'b':
		args->once = true;
		return;
	case 'n':
		args->now = true;
		return;
	case 'w':
		args->wait = true;
		return;
	default:
		args->help = true;
	}
}

/* Whatever getopt_long() is not pleased with. */
static int
complain(const struct args *args, const char *word, int code)
{
	(void)fprintf(stderr, _("prong %s: %s: %s\n    all options: prong %s --help\n"),
	    args->name, word,
	    code == ':' ? _("the value is missing")
			: _("is not an option of this command"),
	    args->name);
	return -EINVAL;
}

static int
check_times(const struct args *args)
{
	const struct {
		const char *option, *word;
	} times[] = { { "--grace", args->grace }, { "--timeout", args->timeout },
		{ "--for", args->time } };
	msec time;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		if (times[i].word == NULL ||
		    text_parse_time(times[i].word, 0, INT64_MAX / 2, &time) == 0)
			continue;
		(void)fprintf(stderr,
		    _("prong %s: %s: '%s' is not a time, such as 500ms, 5s, 2m or 1h\n"),
		    args->name, times[i].option, times[i].word);
		return -EINVAL;
	}
	return 0;
}

static int
check_words(const struct args *args, const struct ctl_command *command)
{
	const char *wrong = NULL;

	if (args->count < command->least)
		wrong = N_("a word is missing");
	else if (args->count > command->most)
		wrong = N_("too many words");
	else if (args->now && (args->grace != NULL || args->timeout != NULL))
		wrong = N_("--now and a time exclude each other");
	if (wrong == NULL)
		return check_times(args);
	(void)fprintf(stderr, "prong %s: %s\n    prong %s %s\n", args->name,
	    words_get(wrong), args->name, command->usage);
	return -EINVAL;
}

static void
make_table(struct option *table, const struct ctl_command *command)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_of(&rows[i], command))
			*table++ = (struct option){ .name = rows[i].name,
				.has_arg = rows[i].has_value,
				.val = rows[i].code };
	*table = (struct option){ 0 };
}

int
args_init(struct args *args, const struct ctl_command *command, int argc, char *argv[])
{
	const char *letters = (command->options & ARGS_ONCE) != 0 ? ":hb" : ":h";
	struct option table[ARRAY_SIZE(rows) + 1];
	int code;

	*args = (struct args){ .name = command->name };
	make_table(table, command);
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, table, NULL)) >= 0) {
		if (code == '?' || code == ':')
			return complain(args, argv[optind - 1], code);
		take(args, code);
	}
	args->words = (const char *const *)argv + optind;
	args->count = (size_t)(argc - optind);
	return args->help ? 0 : check_words(args, command);
}

bool
args_option(const struct ctl_command *command, size_t i, const char **ret_spelling,
    const char **ret_help)
{
	for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
		if (!is_of(&rows[k], command) || i-- > 0)
			continue;
		*ret_spelling = rows[k].spelling;
		*ret_help = rows[k].help;
		return true;
	}
	return false;
}

void
args_print_help(const struct ctl_command *command)
{
	(void)printf("prong %s: %s\n\n  prong %s %s\n\n", command->name,
	    words_get(command->help), command->name, command->usage);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_of(&rows[i], command))
			(void)printf(
			    "  %-22s %s\n", rows[i].spelling, words_get(rows[i].help));
	(void)printf("\n%s%s", command->more == NULL ? "" : words_get(command->more),
	    command->statuses == NULL ? _("Exit status: 0 done, 1 failed, 2 usage.\n")
				      : words_get(command->statuses));
}
