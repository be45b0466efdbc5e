/* CPU time of what waits. */
#include <sys/resource.h>
#include <time.h>

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

static uint64_t
seconds_more(rlim_t limit, uint64_t more)
{
	return limit == RLIM_INFINITY ? UINT64_MAX : limit + more;
}

struct warm_limit
spare_cpu_limit(const struct spare *spare)
{
	const struct pool *pool = spare->pool;
	const struct rlimit *limit =
	    pool->how == START_SPARE
		? NULL
		: prepare_limits_find(&pool->service->plan, RLIMIT_CPU);
	const uint64_t used = (spare->cpu_usec + 999999) / 1000000;

	if (limit == NULL)
		return (struct warm_limit){ 0 };
	return (struct warm_limit){ seconds_more(limit->rlim_cur, used),
		seconds_more(limit->rlim_max, used) };
}
