#include "capacity.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>

/* For listeners, the log and whatever the host opens. */
#define FILES_RESERVE 32
/* A session is at least one process; a small interpreter is about this large. */
#define MEMORY_PER_SESSION (4u << 20)
#define MOST 100000

static uint64_t
count_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (dir == NULL)
		return FILES_RESERVE;
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

static uint64_t
limit_of(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return CAPACITY_UNLIMITED;
	return limit.rlim_cur;
}

/* A file that holds one number; "max" and anything else is unlimited. */
static uint64_t
number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long number = CAPACITY_UNLIMITED;

	if (file == NULL)
		return CAPACITY_UNLIMITED;
	if (fscanf(file, "%llu", &number) != 1)
		number = CAPACITY_UNLIMITED;
	(void)fclose(file);
	return number;
}

/* The smaller of the limit in our control group (v2, or v1's controller) and those above
 * it: "0::/a/b" or "7:pids:/a/b" in /proc/self/cgroup. */
static uint64_t
group_limit(const char *root, char *group, const char *file)
{
	uint64_t least = CAPACITY_UNLIMITED;
	char path[PATH_MAX], *slash;

	group[strcspn(group, "\n")] = '\0';
	do {
		uint64_t here;

		(void)snprintf(path, sizeof(path), "%s%s/%s", root, group, file);
		here = number_in(path);
		least = here < least ? here : least;
		slash = strrchr(group, '/');
		if (slash != NULL)
			*slash = '\0';
	} while (slash != NULL);
	return least;
}

static uint64_t
cgroup_limit(const char *controller, const char *file_v2, const char *file_v1)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	uint64_t least = CAPACITY_UNLIMITED;
	char line[PATH_MAX], root[64], wanted[32];

	(void)snprintf(root, sizeof(root), "/sys/fs/cgroup/%s", controller);
	(void)snprintf(wanted, sizeof(wanted), ":%s:", controller);
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *v1 = strstr(line, wanted);
		uint64_t here = CAPACITY_UNLIMITED;

		if (strncmp(line, "0::", 3) == 0)
			here = group_limit("/sys/fs/cgroup", line + 3, file_v2);
		else if (v1 != NULL)
			here = group_limit(root, v1 + strlen(wanted), file_v1);
		least = here < least ? here : least;
	}
	if (file != NULL)
		(void)fclose(file);
	return least;
}

static uint64_t
memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kilobytes = 0;
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
			break;
	if (file != NULL)
		(void)fclose(file);
	return kilobytes == 0 ? CAPACITY_UNLIMITED : kilobytes * 1024;
}

void
capacity_read(struct capacity_facts *facts)
{
	uint64_t group;

	facts->files = limit_of(RLIMIT_NOFILE);
	facts->files_in_use = count_open_files();
	/* The kernel does not hold root to it (copy_process). */
	facts->processes = geteuid() == 0 ? CAPACITY_UNLIMITED : limit_of(RLIMIT_NPROC);
	facts->pids = cgroup_limit("pids", "pids.max", "pids.max");
	facts->pid_max = number_in("/proc/sys/kernel/pid_max");
	facts->memory = memory_available();
	group = cgroup_limit("memory", "memory.max", "memory.limit_in_bytes");
	if (group < facts->memory)
		facts->memory = group;
}

struct bound_by {
	uint64_t sessions;
	const char *what;
	uint64_t value;
};

static void
consider(struct bound_by *least, uint64_t sessions, const char *what, uint64_t value)
{
	if (value != CAPACITY_UNLIMITED && sessions < least->sessions)
		*least = (struct bound_by){ sessions, what, value };
}

uint32_t
capacity_default(const struct capacity_facts *facts, const struct capacity_need *need,
    struct text *why)
{
	struct bound_by least = { MOST, "most", MOST };
	uint64_t reserved = facts->files_in_use + FILES_RESERVE + need->files_apart;
	uint64_t files = facts->files > reserved ? facts->files - reserved : 0;
	uint64_t each;

	consider(&least, files / need->files_per_session, "RLIMIT_NOFILE", facts->files);
	consider(&least, facts->processes * 9 / 10, "RLIMIT_NPROC", facts->processes);
	consider(&least, facts->pids * 9 / 10, "pids.max", facts->pids);
	consider(&least, facts->pid_max / 2, "kernel.pid_max", facts->pid_max);
	consider(
	    &least, facts->memory / MEMORY_PER_SESSION, "memory", facts->memory >> 20);
	text_put(why, least.what);
	text_put_char(why, ' ');
	text_put_number(why, least.value);
	if (strcmp(least.what, "memory") == 0)
		text_put(why, " MB");
	each = least.sessions / (need->services == 0 ? 1 : need->services);
	return each < 1 ? 1 : (uint32_t)each;
}

uint64_t
capacity_files_needed(const struct capacity_facts *facts,
    const struct capacity_need *need, uint32_t sessions)
{
	return facts->files_in_use + FILES_RESERVE + need->files_apart +
	       (uint64_t)sessions * need->files_per_session;
}
