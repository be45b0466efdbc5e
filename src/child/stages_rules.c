#include "stages.h"

#include <sys/prctl.h>

#include "landlock.h"

static int
session_ruleset(const struct plan_isolation *isolation, const struct birth *birth)
{
	if (birth->isolation != NULL && birth->isolation->ruleset_fd >= 0)
		return birth->isolation->ruleset_fd;
	return isolation->ruleset_fd;
}

/*
 * A cell only makes the ruleset, in its own view of the mounts: its sessions restrict
 * themselves, each to a domain of its own.  Without no-new-privileges, which must be
 * there before, it wants CAP_SYS_ADMIN.  A ruleset that is not there is EBADF, for a plan
 * that has one must not go without.
 */
int
stage_rules(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;

	if (isolation == NULL || isolation->ruleset == NULL)
		return 0;
	if (isolation->make != 0)
		return landlock_make(
		    isolation->ruleset, &birth->isolation->made->ruleset_fd);
	if (isolation->has_no_new_privileges &&
	    syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return landlock_restrict(session_ruleset(isolation, birth));
}
