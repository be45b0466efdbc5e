/*
 * main -- finds the service that argv[0] names and becomes it
 */
#include "builtin.h"

#include "io.h"
#include "sys.h"

#include <linux/prctl.h>

static const struct service {
	const char *name;
	int (*serve)(char **argv, char **envp);
} services[] = {
	{ "@echo", echo_serve },
	{ "@discard", inet_discard },
	{ "@daytime", inet_daytime },
	{ "@time", inet_time },
	{ "@qotd", qotd_serve },
	{ "@hello", inet_hello },
	{ "@chargen", inet_chargen },
	{ "prong-hold", hold_serve },
	{ "prong-init", init_serve },
	{ "prong-pty", pty_serve },
	{ "prong-spare", spare_serve },
	{ "prong-warden", warden_serve },
};

/* The client need not wait for our end to know that this was all. */
static int
finish(const char *name, int status)
{
	if (name[0] == '@')
		(void)sys_shutdown(SYS_OUTPUT);
	return status;
}

int
builtin_main(char **argv, char **envp)
{
	/* Not static: a page more for the kernel to look at is dearer than a few stores.
	 */
	const struct sys_signals pipe = { { SYS_SIGNAL(SIGPIPE) } };
	const char *name = argv[0] == NULL ? "" : argv[0];

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (!io_is_same(services[i].name, name))
			continue;
		(void)sys_prctl(PR_SET_NAME, (long)(name[0] == '@' ? name + 1 : name));
		(void)sys_mask(SIG_BLOCK, &pipe, NULL);
		return finish(name, services[i].serve(argv, envp));
	}
	io_complain("prong-builtin: '", name, "' is not a built-in service");
	return EXIT_USAGE;
}
