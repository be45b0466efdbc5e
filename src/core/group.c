#include "group.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base.h"

/* Linux 6.9; earlier ones answer EINVAL. */
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1U << 2)
#endif

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/*
 * The kernel does not give a number out again while a group is called by it.  So whoever
 * has it is the child, which is ours as long as nobody took its status, or a newcomer,
 * and then the group is no more; and where nobody has it, it can only be the group's.
 */
static bool
is_number_ours(pid_t group, int pidfd)
{
	siginfo_t info = { 0 };

	if (kill(group, 0) < 0 && errno == ESRCH)
		return true;
	return pidfd >= 0 &&
	       waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static int
signal_by_number(pid_t group, int pidfd, int number)
{
	if (group <= 1 || !is_number_ours(group, pidfd))
		return -ESRCH;
	return kill(-group, number) < 0 ? -errno : 0;
}

static int
signal_by_pidfd(int pidfd, int number, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, flags) < 0 ? -errno
									      : 0;
}

int
group_signal(pid_t group, int pidfd, int number)
{
	int rc = pidfd < 0 ? -EINVAL
			   : signal_by_pidfd(pidfd, number, PIDFD_SIGNAL_PROCESS_GROUP);

	return rc == -EINVAL ? signal_by_number(group, pidfd, number) : rc;
}

int
group_signal_leader(int pidfd, int number)
{
	return signal_by_pidfd(pidfd, number, 0);
}
