#include "ctl.h"

#include <locale.h>
#include <string.h>

#include "act.h"
#include "base.h"
#include "penalties.h"
#include "show.h"
#include "top.h"
#include "why.h"
#include "words.h"

#define WHAT                                                                                      \
	N_("WHAT: a session's id, an address (192.0.2.7), a network (2001:db8::/32), uid:1000,\n" \
	   "cid:3, or all.\n")

#define ADDRESS                                                                                 \
	N_("ADDRESS: 192.0.2.7, 2001:db8::1, uid:1000 (a user on a Unix socket), or cid:3 (a\n" \
	   "virtual machine). A port behind it, as in the log, does not matter.\n")
#define OWING                                                                            \
	N_("WHAT: an address (192.0.2.7), a network (2001:db8::/32), uid:1000, cid:3, or all.\n")

const struct ctl_command ctl_commands[] = {
	{ "ps", show_ps, ARGS_JSON, 0, 1, "[OPTIONS] [SERVICE]",
	    N_("live sessions of the servers that run"), NULL },
	{ "top", top_run, ARGS_JSON | ARGS_ONCE, 0, 1, "[OPTIONS] [SERVICE]",
	    N_("a view of sessions and rates that follows what happens"),
	    N_("In the view, ? lists the keys.\n") },
	{ "status", show_status, ARGS_JSON, 0, 0, "[OPTIONS]",
	    N_("each server and its services"), NULL },
	{ "stats", show_stats, ARGS_JSON, 0, 0, "[OPTIONS]", N_("numbers so far"), NULL },
	{ "why", why_run, ARGS_JSON | ARGS_SERVICE, 1, 1, "[OPTIONS] ADDRESS",
	    N_("would this client be let in now, and if not, which rule says so"),
	    ADDRESS,
	    N_("Exit status: 0 let in, 1 a service refuses it or nobody could be asked, "
	       "2 usage.\n") },
	{ "penalties", penalties_run, ARGS_JSON | ARGS_SERVICE, 0, 2,
	    "[OPTIONS] [clear WHAT]",
	    N_("who owes something for what it did; clear forgets it"), OWING, NULL,
	    "clear" },
	{ "kill", act_kill, ARGS_JSON | ARGS_GRACE, 1, 1, "[OPTIONS] WHAT",
	    N_("end sessions"), WHAT },
	{ "pause", act_pause, ARGS_JSON | ARGS_FOR, 0, 1, "[OPTIONS] [SERVICE]",
	    N_("accept no new clients until resumed; they wait"), NULL },
	{ "resume", act_resume, ARGS_JSON, 0, 1, "[OPTIONS] [SERVICE]",
	    N_("accept clients again"), NULL },
	{ "drain", act_drain, ARGS_JSON | ARGS_TIMEOUT | ARGS_WAIT, 0, 0, "[OPTIONS]",
	    N_("stop the server when its sessions have ended"), NULL },
	{ "reload", act_reload, ARGS_JSON, 0, 0, "[OPTIONS]",
	    N_("have the configuration read again"), NULL },
	{ "upgrade", act_upgrade, ARGS_JSON, 0, 0, "[OPTIONS]",
	    N_("go on as the program that is installed now"), NULL },
};
const size_t ctl_command_count = ARRAY_SIZE(ctl_commands);

const struct ctl_command *
ctl_find(const char *name)
{
	for (size_t i = 0; i < ctl_command_count; i++)
		if (strcmp(ctl_commands[i].name, name) == 0)
			return &ctl_commands[i];
	return NULL;
}

static int
run(const struct ctl_command *command, const struct args *args)
{
	if (!args->help)
		return command->act(args);
	args_print_help(command);
	return CTL_DONE;
}

int
ctl_run(const struct ctl_command *command, int argc, char *argv[])
{
	struct args args;
	int status;

	(void)setlocale(LC_CTYPE, "");
	if (args_init(&args, command, argc, argv) < 0)
		return CTL_USAGE;
	status = run(command, &args);
	if (fflush(stdout) == 0)
		return status;
	(void)fprintf(stderr, _("prong %s: writing to stdout: %s\n"), args.name,
	    words_error(errno));
	return CTL_FAILED;
}
