#include "prepare_isolation.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "keeper.h"

/* Of the session's own; users and network are the service's. */
#define OF_CELL (CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID)

/* ---- why there are none ---------------------------------------------------------- */

/* Is it switched to that? */
static bool
is_switched(const char *name, char to)
{
	char path[128], value = '\0';
	cleanup_(close_fd) int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &value, 1) == 1 && value == to;
}

static const char *
why_no_users(int error)
{
	if (error == ENOSPC || error == EUSERS)
		return is_switched("user/max_user_namespaces", '0')
			   ? "user namespaces are switched off: user.max_user_namespaces "
			     "is 0"
			   : "there are as many user namespaces as there may be "
			     "(user.max_user_namespaces), or 32 within each other";
	if (error == EINVAL)
		return "the kernel has no user namespaces (CONFIG_USER_NS)";
	if (error != EPERM && error != EACCES)
		return text_errno(error);
	if (is_switched("kernel/unprivileged_userns_clone", '0'))
		return "user namespaces are root's alone: "
		       "kernel.unprivileged_userns_clone is 0";
	if (is_switched("kernel/apparmor_restrict_unprivileged_userns", '1'))
		return "AppArmor keeps user namespaces from programs without a profile: "
		       "kernel.apparmor_restrict_unprivileged_userns is 1";
	return "user namespaces are not permitted, as in a container whose seccomp filter "
	       "forbids them, or below chroot(2)";
}

static const char *
why_no_network(int error)
{
	if (error == ENOSPC)
		return "there are as many network namespaces as there may be "
		       "(user.max_net_namespaces)";
	if (error == EINVAL)
		return "the kernel has no network namespaces (CONFIG_NET_NS)";
	return error == EPERM ? "network namespaces are not permitted: that needs "
				"CAP_SYS_ADMIN or a user namespace"
			      : text_errno(error);
}

/* ---- what all sessions share ----------------------------------------------------- */

static int
share(struct prong_service *service, bool has_user, bool has_network)
{
	const struct keeper_order order = { has_user, has_network };
	struct plan_isolation *plan = &service->isolation.plan;

	if (!has_user && !has_network)
		return 0;
	return keeper_make(&order, &plan->user_fd, &plan->network_fd);
}

/* Where both together cannot be had it may be the network alone. */
static int
namespaces_share(struct prong_service *service, struct text *message)
{
	unsigned wanted = measures_namespaces(&service->isolation.measures);
	bool has_user = (wanted & CLONE_NEWUSER) != 0;
	int rc = share(service, has_user, (wanted & CLONE_NEWNET) != 0), user_rc;

	if (rc == 0)
		return 0;
	if (isolation_is_passing(-rc)) {
		text_printf(
		    message, "a namespace cannot be made now: %s\n", text_errno(-rc));
		return rc;
	}
	user_rc = has_user ? share(service, true, false) : 0;
	if (user_rc < 0)
		return isolation_miss(
		    service, MEASURE_USER_NAMESPACE, why_no_users(-user_rc), message);
	return isolation_miss(service, MEASURE_NETWORK, why_no_network(-rc), message);
}

/* ---- the plan -------------------------------------------------------------------- */

/* Its first process is where the session will be; that of users it needs for its rights.
 */
static void
cell_plan(struct isolation *isolation, unsigned make)
{
	struct plan_isolation *cell = &isolation->cell_plan;

	isolation->plan.enter = make;
	cell->user_fd = isolation->plan.user_fd;
	cell->network_fd = isolation->plan.network_fd;
	cell->ruleset_fd = -1;
	cell->make = make;
}

/* A mount namespace begins with the root that it was copied of, whatever chroot(2) had
 * made of it: entering one would lead out of there. */
static int
check_jail(struct prong_service *service, struct text *message)
{
	if ((measures_namespaces(&service->isolation.measures) & CLONE_NEWNS) == 0 ||
	    !keeper_is_jailed())
		return 0;
	return isolation_miss(service, MEASURE_MOUNTS,
	    "prong runs below chroot(2), which a mount namespace would lead out of",
	    message);
}

static int
root_wrong(const struct settings *settings, const char *why, struct text *message)
{
	text_put(message, "root: '");
	text_put_quoted(message, settings->root, strlen(settings->root));
	text_printf(message, "': %s\n", why);
	return -EINVAL;
}

static int
check_root(const struct settings *settings, struct text *message)
{
	struct stat st;

	if (settings->root == NULL)
		return 0;
	if (stat(settings->root, &st) < 0)
		return root_wrong(settings, text_errno(errno), message);
	return S_ISDIR(st.st_mode) ? 0
				   : root_wrong(settings, text_errno(ENOTDIR), message);
}

int
prepare_namespaces(struct prong_service *service, struct text *message)
{
	struct isolation *isolation = &service->isolation;
	unsigned make;
	int rc = check_root(&service->settings, message);

	if (rc == 0)
		rc = check_jail(service, message);
	if (rc == 0)
		rc = namespaces_share(service, message);
	if (rc < 0)
		return rc;
	make = measures_namespaces(&isolation->measures) & OF_CELL;
	cell_plan(isolation, make);
	isolation->plan.unshare =
	    measures_namespaces(&isolation->measures) & CLONE_NEWCGROUP;
	if ((make & CLONE_NEWNS) != 0)
		return prepare_mounts(service, (make & CLONE_NEWPID) != 0, message);
	isolation->plan.root = service->settings.root;
	return 0;
}

void
prepare_namespaces_done(struct prong_service *service)
{
	struct isolation *isolation = &service->isolation;

	prepare_mounts_done(service);
	isolation->cell_plan.make = 0;
	isolation->plan.enter = 0;
	isolation->plan.unshare = 0;
	isolation->plan.root = NULL;
	close_fd(&isolation->plan.user_fd);
	close_fd(&isolation->plan.network_fd);
}
