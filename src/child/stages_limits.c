#include "stages.h"

#include <fcntl.h>
#include <sys/syscall.h>

/* Where the kernel could not do so at its birth.  The descriptor is the supervisor's, and
 * so is whatever is opened here, until it is closed. */
static int
enter_cgroup(int fd)
{
	int procs = (int)syscall(SYS_openat, fd, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
	int rc = 0;

	if (procs < 0)
		return -errno;
	if (syscall(SYS_write, procs, "0", 1) < 0)
		rc = -errno;
	(void)syscall(SYS_close, procs);
	return rc;
}

static int
set_limit(const struct plan_limit *limit, const struct birth *birth)
{
	if (setrlimit(limit->resource, &limit->value) == 0)
		return 0;
	birth->report->detail = limit->resource + 1;
	return -errno;
}

/* First of all, for in a user namespace none can be raised.  That of descriptors comes
 * when the table is the child's own: a process that enters a pid namespace needs one
 * more. */
int
stage_limits(const struct plan *plan, const struct birth *birth)
{
	int rc = birth->cgroup_fd > 0 ? enter_cgroup(birth->cgroup_fd) : 0;

	for (size_t i = 0; i < plan->limit_count && rc == 0; i++)
		if (plan->limits[i].resource != RLIMIT_NOFILE)
			rc = set_limit(&plan->limits[i], birth);
	return rc;
}

int
stage_files(const struct plan *plan, const struct birth *birth)
{
	int rc = 0;

	for (size_t i = 0; i < plan->limit_count && rc == 0; i++)
		if (plan->limits[i].resource == RLIMIT_NOFILE)
			rc = set_limit(&plan->limits[i], birth);
	return rc;
}

int
stage_priority(const struct plan *plan, const struct birth *birth)
{
	(void)birth;
	if (plan->has_nice && setpriority(PRIO_PROCESS, 0, plan->nice) < 0)
		return -errno;
	return 0;
}
