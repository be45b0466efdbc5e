/* CPU time of what waits, and of its copies. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <time.h>

#include "capable.h"
#include "engine.h"
#include "pool.h"
#include "prepare_limits.h"

uint64_t
spare_cpu_used(pid_t pid)
{
	struct timespec used = { 0 };
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return 0;
	return (uint64_t)used.tv_sec * 1000000u + (uint64_t)used.tv_nsec / 1000u;
}

static rlim_t
seconds_more(rlim_t limit, rlim_t more)
{
	return limit == RLIM_INFINITY ? limit : limit + more;
}

static const struct rlimit *
limit_of(const struct spare *spare)
{
	const struct pool *pool = spare->pool;

	if (pool->how == START_SPARE)
		return NULL;
	return prepare_limits_find(&pool->service->plan, RLIMIT_CPU);
}

/* RLIMIT_CPU is in whole seconds. */
static struct rlimit
limit_after(const struct rlimit *limit, uint64_t used_usec)
{
	const rlim_t used = (rlim_t)((used_usec + 999999) / 1000000);

	return (struct rlimit){ .rlim_cur = seconds_more(limit->rlim_cur, used),
		.rlim_max = seconds_more(limit->rlim_max, used) };
}

int
spare_cpu_limit(const struct spare *spare)
{
	const struct rlimit *limit = limit_of(spare);
	struct rlimit seconds;

	if (limit == NULL)
		return 0;
	seconds = limit_after(limit, spare->cpu_usec);
	return prlimit(spare->pid, RLIMIT_CPU, &seconds, NULL) < 0 ? -errno : 0;
}

/* An image uses time for its copies: a hard limit that was lowered could not follow
 * without the privilege, and comes with the copy's number then. */
static int
keep_hard_limit(pid_t pid, struct rlimit *seconds)
{
	struct rlimit now;

	if (capable_of(CAP_SYS_RESOURCE))
		return 0;
	if (prlimit(pid, RLIMIT_CPU, NULL, &now) < 0)
		return -errno;
	seconds->rlim_max = now.rlim_max;
	if (seconds->rlim_cur > now.rlim_max)
		seconds->rlim_cur = now.rlim_max;
	return 0;
}

int
spare_cpu_limit_copies(const struct spare *image)
{
	const struct rlimit *limit = limit_of(image);
	struct rlimit seconds;
	int rc;

	if (limit == NULL)
		return 0;
	seconds = limit_after(limit, spare_cpu_used(image->pid));
	rc = keep_hard_limit(image->pid, &seconds);
	if (rc == 0 && prlimit(image->pid, RLIMIT_CPU, &seconds, NULL) < 0)
		rc = -errno;
	return rc;
}
