/* Rights of the process itself: users, capabilities, limits, priority. */
#include "escape.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_REALTIME (1 << 13 | 4)
#define IOPRIO_WHO_PROCESS 1

/* To another user than the one it is. */
static int
become_user(const char *unused)
{
	uid_t other = getuid() == 0 ? 61234 : 0;

	(void)unused;
	return outcome(syscall(SYS_setresuid, other, other, other));
}

static int
try_setuid(const char *unused)
{
	return apart(become_user, unused);
}

static int
become_group(const char *unused)
{
	gid_t other = getgid() == 0 ? 61234 : 0;

	(void)unused;
	return outcome(syscall(SYS_setresgid, other, other, other));
}

static int
try_setgid(const char *unused)
{
	return apart(become_group, unused);
}

static int
take_groups(const char *unused)
{
	gid_t group = 61234;

	(void)unused;
	return outcome(syscall(SYS_setgroups, 1, &group));
}

static int
try_setgroups(const char *unused)
{
	return apart(take_groups, unused);
}

/* The argument is a capability's number. */
static int
raise_capability(const char *bit)
{
	struct __user_cap_header_struct header = { .version =
						       _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	unsigned which = (unsigned)number(bit);

	data[which / 32].permitted = data[which / 32].effective = 1U << which % 32;
	return outcome(syscall(SYS_capset, &header, data));
}

static int
try_capset(const char *bit)
{
	return apart(raise_capability, bit);
}

static int
drop_bounding(const char *bit)
{
	return outcome(prctl(PR_CAPBSET_DROP, (unsigned long)number(bit), 0, 0, 0));
}

static int
try_capbset(const char *bit)
{
	return apart(drop_bounding, bit);
}

static int
clear_securebits(const char *unused)
{
	(void)unused;
	return outcome(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
}

static int
try_securebits(const char *unused)
{
	return apart(clear_securebits, unused);
}

/* The hard limit, by one more. */
static int
try_raise_limit(const char *resource)
{
	struct rlimit limit;
	__rlimit_resource_t which = (__rlimit_resource_t)number(resource);

	if (getrlimit(which, &limit) < 0)
		return -errno;
	if (limit.rlim_max == RLIM_INFINITY)
		return 0;
	limit.rlim_max++;
	return outcome(setrlimit(which, &limit));
}

static int
try_nice(const char *unused)
{
	(void)unused;
	return outcome(setpriority(PRIO_PROCESS, 0, -20));
}

static int
run_realtime(const char *unused)
{
	struct sched_param param = { .sched_priority = 1 };

	(void)unused;
	return outcome(sched_setscheduler(0, SCHED_FIFO, &param));
}

static int
try_realtime(const char *unused)
{
	return apart(run_realtime, unused);
}

static int
try_ioprio(const char *unused)
{
	(void)unused;
	return outcome(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_REALTIME));
}

/* More than RLIMIT_MEMLOCK gives by itself: 8 MB. */
static int
try_mlock(const char *unused)
{
	size_t length = 16 << 20;
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int rc;

	(void)unused;
	if (memory == MAP_FAILED)
		return -errno;
	rc = outcome(mlock(memory, length));
	(void)munmap(memory, length);
	return rc;
}

static int
change_personality(const char *unused)
{
	(void)unused;
	return outcome(personality(ADDR_NO_RANDOMIZE));
}

static int
try_personality(const char *unused)
{
	return apart(change_personality, unused);
}

const struct attempt escape_rights[] = {
	{ "setuid", try_setuid },
	{ "setgid", try_setgid },
	{ "setgroups", try_setgroups },
	{ "capset", try_capset },
	{ "capbset", try_capbset },
	{ "securebits", try_securebits },
	{ "raise-limit", try_raise_limit },
	{ "nice", try_nice },
	{ "realtime", try_realtime },
	{ "ioprio", try_ioprio },
	{ "mlock", try_mlock },
	{ "personality", try_personality },
	{ NULL, NULL },
};
