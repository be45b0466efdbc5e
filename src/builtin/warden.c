/*
 * warden -- ends the sessions of a supervisor that was killed
 *
 * fd 0 is a file of 32-bit process group numbers, 0 where there is none, which the
 * supervisor keeps up to date in shared memory; fd 2 a pidfd of the supervisor.  Sleeps
 * until that one is no more, then sends KILL to every group, and ends.
 */
#include "builtin.h"

#include "sys.h"

#define GROUPS_PER_READ 512

static void
warden_end_all(void)
{
	int32_t groups[GROUPS_PER_READ];
	long offset = 0, got;

	while ((got = sys_pread(SYS_INPUT, groups, sizeof(groups), offset)) > 0) {
		for (long i = 0; i < got / (long)sizeof(groups[0]); i++)
			if (groups[i] > 1)
				(void)sys_kill(-groups[i], SIGKILL);
		offset += got;
	}
}

/* Whoever ends the whole tree with TERM ends the supervisor too, which then ends us. */
int
warden_serve(char **argv, char **envp)
{
	const struct sys_signals all = { { ~0UL } };
	struct pollfd supervisor = { .fd = SYS_ERROR, .events = POLLIN };
	long got;

	(void)argv;
	(void)envp;
	(void)sys_mask(SIG_BLOCK, &all, NULL);
	do
		got = sys_poll(&supervisor, 1, true);
	while (got == -EINTR || got == 0);
	if (got < 0 || (supervisor.revents & POLLNVAL) != 0)
		return EXIT_SYSTEM;
	warden_end_all();
	return EXIT_DONE;
}
