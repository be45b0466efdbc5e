#include "stages.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#define BITS 64

/* In the supervisor's memory: only this process's own sets are asked for and changed, by
 * raw system calls, for libc's wrappers would change every thread. */
static int
set_capabilities(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version =
						       _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted = data[i].effective = (uint32_t)(permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(inheritable >> 32 * i);
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int
clear_ambient(void)
{
	return syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0
		   ? -errno
		   : 0;
}

/* What CAP_SETPCAP would be needed for changes nothing under no-new-privileges: no file
 * gives a capability then, and number 0 none that was not there.  The kernel may know
 * fewer than there are bits. */
static int
drop_bounding(uint64_t bits, bool is_needed)
{
	for (int i = 0; i < BITS; i++) {
		if ((bits & UINT64_C(1) << i) == 0 ||
		    syscall(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		if (errno != EINVAL)
			return errno == EPERM && !is_needed ? 0 : -errno;
	}
	return 0;
}

int
stage_bounding(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;

	(void)birth;
	if (isolation == NULL)
		return 0;
	if (isolation->has_no_new_privileges &&
	    syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return drop_bounding(isolation->bounding_drop, !isolation->has_no_new_privileges);
}

/* Only from root to another user does the kernel drop capabilities by itself; ambient
 * ones (systemd's AmbientCapabilities) would even survive exec (capabilities(7)). */
static int
drop_capabilities(void)
{
	int rc = clear_ambient();

	return rc < 0 ? rc : set_capabilities(0, 0);
}

/* The kernel asks for the right also where nothing would change; of the other ids it
 * does not. */
static int
set_groups(const struct plan *plan)
{
	if (syscall(SYS_setgroups, plan->group_count, plan->groups) == 0 ||
	    (errno == EPERM && plan->is_prongs_own))
		return 0;
	return -errno;
}

static int
set_ids(uid_t uid, gid_t gid)
{
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return -errno;
	return syscall(SYS_setresuid, uid, uid, uid) < 0 ? -errno : 0;
}

static uid_t
own_id(const struct birth *birth)
{
	return birth->isolation == NULL ? 0 : birth->isolation->own_id;
}

static bool
changes_ids(const struct plan *plan, const struct birth *birth)
{
	return plan->has_ids || own_id(birth) != 0;
}

/* What is to be kept, or is needed to lock securebits, comes over a change of user. */
static bool
is_left_to_capabilities(const struct plan *plan)
{
	return plan->isolation != NULL &&
	       (plan->isolation->has_capabilities || plan->isolation->has_securebits);
}

int
stage_user(const struct plan *plan, const struct birth *birth)
{
	const uid_t own = own_id(birth);
	int rc;

	if (!changes_ids(plan, birth))
		return 0;
	if (is_left_to_capabilities(plan) &&
	    syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	if (own != 0)
		rc = syscall(SYS_setgroups, 0, NULL) < 0 ? -errno : set_ids(own, own);
	else if ((rc = set_groups(plan)) == 0)
		rc = set_ids(plan->uid, plan->gid);
	if (rc < 0 || is_left_to_capabilities(plan))
		return rc;
	return own == 0 && plan->uid == 0 ? 0 : drop_capabilities();
}

static int
raise_ambient(uint64_t bits)
{
	for (int i = 0; i < BITS; i++)
		if ((bits & UINT64_C(1) << i) != 0 &&
		    syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return -errno;
	return 0;
}

/* Beside those that are locked already. */
static int
lock_securebits(unsigned bits)
{
	long now = syscall(SYS_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0);

	if (now < 0)
		return -errno;
	now &= ~(long)SECBIT_KEEP_CAPS;
	return syscall(SYS_prctl, PR_SET_SECUREBITS, now | bits, 0, 0, 0) < 0 ? -errno
									      : 0;
}

/* Whose sets are exactly those of the plan: whoever is named there, has become another
 * user, or has all of them in a user namespace, where the kernel gives them to anybody.
 */
static bool
is_exact(const struct plan *plan, const struct birth *birth)
{
	if (plan->isolation->has_capabilities || own_id(birth) != 0)
		return true;
	if (plan->has_ids)
		return plan->uid != 0;
	return plan->isolation->user_fd >= 0 && syscall(SYS_geteuid) != 0;
}

/* Securebits last, for one of them forbids to raise what is ambient; CAP_SETPCAP stays
 * until then. */
int
stage_capabilities(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;
	uint64_t kept, during;
	int rc = 0;

	if (isolation == NULL)
		return 0;
	kept = isolation->has_capabilities ? isolation->capabilities : 0;
	during = kept | (isolation->has_securebits ? UINT64_C(1) << CAP_SETPCAP : 0);
	if (is_exact(plan, birth)) {
		rc = clear_ambient();
		if (rc == 0)
			rc = set_capabilities(during, kept);
		if (rc == 0)
			rc = raise_ambient(kept);
	}
	if (rc == 0 && isolation->has_securebits)
		rc = lock_securebits(isolation->securebits);
	if (rc == 0 && is_exact(plan, birth) && during != kept)
		rc = set_capabilities(kept, kept);
	if (rc == 0 && is_left_to_capabilities(plan) && changes_ids(plan, birth) &&
	    syscall(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		rc = -errno;
	return rc;
}
