#include "cgroup_leaf.h"

#include <string.h>

#include "cgroup_home.h"
#include "cgroup_tree.h"
#include "plan.h"
#include "settings.h"

#define PERIOD_USEC 100000
/* A part of it stays charged: files that were read, or that are left in a tmpfs. */
#define LEFT_CHARGED 4

unsigned
cgroup_leaf_controllers(const struct settings *settings)
{
	return (settings->memory_max.is_set ? (unsigned)CGROUP_MEMORY : 0) |
	       (settings->pids_max > 0 ? (unsigned)CGROUP_PIDS : 0) |
	       (settings->cpu_max > 0 ? (unsigned)CGROUP_CPU : 0);
}

static int
write_number(int fd, const char *file, uint64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return cgroup_tree_write(fd, file, text);
}

/* Swap would be memory beyond the limit; a session without some of its processes is of no
 * use to anybody.  Where the kernel knows neither, it is as well. */
static int
limit_memory(int fd, uint64_t most)
{
	(void)cgroup_tree_write(fd, "memory.swap.max", "0");
	(void)cgroup_tree_write(fd, "memory.oom.group", "1");
	return write_number(fd, "memory.max", most);
}

static int
limit_cpu(int fd, uint32_t percent)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%llu %d",
	    (unsigned long long)percent * (PERIOD_USEC / 100), PERIOD_USEC);
	return cgroup_tree_write(fd, "cpu.max", text);
}

int
cgroup_leaf_limit(int fd, const struct settings *settings)
{
	int rc = 0;

	if (settings->memory_max.is_set)
		rc = limit_memory(fd, settings->memory_max.bytes);
	if (rc == 0 && settings->pids_max > 0)
		rc = write_number(fd, "pids.max", settings->pids_max);
	if (rc == 0 && settings->cpu_max > 0)
		rc = limit_cpu(fd, settings->cpu_max);
	return rc;
}

bool
cgroup_leaf_is_out_of_reach(const struct plan *plan)
{
	return plan->has_ids && plan->uid != 0 && plan->uid != geteuid();
}

bool
cgroup_leaf_is_charged(int fd, const struct settings *settings)
{
	char text[32];

	if (!settings->memory_max.is_set)
		return false;
	return cgroup_tree_read(fd, "memory.current", text, sizeof(text)) <= 0 ||
	       strtoull(text, NULL, 10) > settings->memory_max.bytes / LEFT_CHARGED;
}
