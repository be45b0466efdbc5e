/*
 * init -- the first process of a session's namespaces
 *
 * fd 0 is its life: the read end of a pipe whose other end the supervisor alone has.  At
 * its end of file the init ends too, and as number 1 of a pid namespace takes everybody
 * there with it, whatever session or group they have made for themselves.  Until then it
 * does nothing: whose parent has ended is its child, and as it ignores SIGCHLD the kernel
 * reaps these.
 */
#include "builtin.h"

#include "sys.h"

int
init_serve(char **argv, char **envp)
{
	const struct sys_signals all = { { ~0UL } };
	char nothing[8];
	long got;

	(void)argv;
	(void)envp;
	(void)sys_mask(SIG_BLOCK, &all, NULL);
	(void)sys_ignore(SIGCHLD);
	do
		got = sys_read(SYS_INPUT, nothing, sizeof(nothing));
	while (got > 0 || got == -EINTR);
	return got == 0 ? EXIT_DONE : EXIT_SYSTEM;
}
