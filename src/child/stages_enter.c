#include "stages.h"

#include <sched.h>

/* A namespace is entered by whoever has all rights in it: the creator of the user
 * namespace does, until `capabilities` (user_namespaces(7)).  Of the pid namespace only
 * the children are: child.c makes one, unless
 * the supervisor was there for a moment (core/elsewhere.c). */
int
stage_enter(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;

	if (isolation == NULL)
		return 0;
	if (isolation->user_fd >= 0 && setns(isolation->user_fd, CLONE_NEWUSER) < 0)
		return -errno;
	if (is_split(isolation) && (isolation->enter & CLONE_NEWPID) != 0 &&
	    setns(birth->isolation->cell_fd, CLONE_NEWPID) < 0)
		return -errno;
	return 0;
}

/* All of a cell by its init's pidfd at once: Linux 5.8. */
int
stage_namespaces(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;
	unsigned rest;

	if (isolation == NULL)
		return 0;
	rest = isolation->enter & ~(unsigned)CLONE_NEWPID;
	if (isolation->network_fd >= 0 && setns(isolation->network_fd, CLONE_NEWNET) < 0)
		return -errno;
	if (rest != 0 && setns(birth->isolation->cell_fd, (int)rest) < 0)
		return -errno;
	if (isolation->unshare != 0 && unshare((int)isolation->unshare) < 0)
		return -errno;
	return 0;
}
