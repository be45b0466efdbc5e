#include "elsewhere.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"

bool
elsewhere_is_due(const struct plan_isolation *plan)
{
	return plan != NULL && plan->make == 0 && plan->user_fd < 0 &&
	       (plan->enter & CLONE_NEWPID) != 0;
}

int
elsewhere_go(int *self_fd, int cell_fd)
{
	if (*self_fd < 0)
		*self_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (*self_fd < 0 || setns(cell_fd, CLONE_NEWPID) < 0)
		return -errno;
	return 0;
}

/* Our own namespace is there as long as we are, and we were allowed to leave it. */
int
elsewhere_return(int self_fd)
{
	return setns(self_fd, CLONE_NEWPID) < 0 ? -errno : 0;
}

bool
elsewhere_can_return(void)
{
	int self_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	bool can = self_fd >= 0 && setns(self_fd, CLONE_NEWPID) == 0;

	close_fd(&self_fd);
	return can;
}
