#include "stages.h"

#include <linux/capability.h>
#include <linux/close_range.h>
#include <sys/prctl.h>

#define FIRST_FREE 3

static int
close_span(int first, int last)
{
	if (first > last)
		return 0;
	return syscall(SYS_close_range, first, last, 0) < 0 ? -errno : 0;
}

/* Everything from 3 to `last` but one: the image is closed by its own exec. */
static int
close_all_but(int image_fd, int last)
{
	int rc;

	if (image_fd < FIRST_FREE)
		return close_span(FIRST_FREE, last);
	rc = close_span(FIRST_FREE, image_fd - 1);
	return rc < 0 ? rc : close_span(image_fd + 1, last);
}

/* The host's descriptor table is shared until here, and may hold tens of thousands:
 * CLOSE_RANGE_UNSHARE up to the end copies only what lies below (Linux 5.9). */
int
stage_descriptors(const struct plan *plan, const struct birth *birth)
{
	(void)plan;
	if (syscall(SYS_close_range, birth->low_end, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		return -errno;
	if (dup2(birth->client_fd, 0) < 0 || dup2(birth->client_fd, 1) < 0)
		return -errno;
	if (dup2(birth->error_fd, 2) < 0)
		return -errno;
	return close_all_but(plan->image_fd, birth->low_end - 1);
}

/* Raw, for libc's wrapper keeps SIGCANCEL and SIGSETXID out of reach. */
static int
set_default(int signal_number)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = { 0 };

	return (int)syscall(
	    SYS_rt_sigaction, signal_number, &action, NULL, sizeof(uint64_t));
}

static int
stage_signals_reset(uint64_t which)
{
	for (int i = 1; i <= 64; i++) {
		if ((which & 1ULL << (i - 1)) == 0 || i == SIGKILL || i == SIGSTOP)
			continue;
		if (set_default(i) < 0)
			return -errno;
	}
	return 0;
}

int
stage_signals(const struct plan *plan, const struct birth *birth)
{
	uint64_t none = 0;
	int rc = stage_signals_reset(birth->has_handlers ? ~0ULL : plan->ignored_signals);

	if (rc < 0)
		return rc;
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none)) < 0)
		return -errno;
	return 0;
}

int
stage_session(const struct plan *plan, const struct birth *birth)
{
	(void)plan;
	(void)birth;
	return setsid() < 0 ? -errno : 0;
}

int
stage_limits(const struct plan *plan, const struct birth *birth)
{
	(void)birth;
	for (size_t i = 0; i < plan->limit_count; i++)
		if (setrlimit(plan->limits[i].resource, &plan->limits[i].value) < 0)
			return -errno;
	return 0;
}

int
stage_priority(const struct plan *plan, const struct birth *birth)
{
	(void)birth;
	if (plan->has_nice && setpriority(PRIO_PROCESS, 0, plan->nice) < 0)
		return -errno;
	return 0;
}

/* Only from root to another user does the kernel drop capabilities by itself; ambient
 * ones (systemd's AmbientCapabilities) would even survive exec (capabilities(7)). */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version =
						       _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

/* Raw system calls: libc's wrappers would change every thread of the process whose
 * memory this still is. */
int
stage_user(const struct plan *plan, const struct birth *birth)
{
	(void)birth;
	if (!plan->has_ids)
		return 0;
	if (syscall(SYS_setgroups, plan->group_count, plan->groups) < 0)
		return -errno;
	if (syscall(SYS_setresgid, plan->gid, plan->gid, plan->gid) < 0)
		return -errno;
	if (syscall(SYS_setresuid, plan->uid, plan->uid, plan->uid) < 0)
		return -errno;
	return plan->uid == 0 ? 0 : drop_capabilities();
}

int
stage_directory(const struct plan *plan, const struct birth *birth)
{
	(void)birth;
	(void)umask(plan->umask);
	if (plan->dir != NULL && chdir(plan->dir) < 0)
		return -errno;
	return 0;
}

/*
 * After the ids, for a change of them forgets the wish (kernel/cred.c), and so does the
 * exec of a set-user-id program.  A parent that ended before the wish was known would
 * never be told of: prctl(2) PR_SET_PDEATHSIG.
 */
int
stage_orphans(const struct plan *plan, const struct birth *birth)
{
	(void)birth;
	if (plan->bound_to == 0)
		return 0;
	if (syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return getppid() == plan->bound_to ? 0 : -ESRCH;
}

/* Returns only when the program cannot be run. */
int
stage_program(const struct plan *plan, const struct birth *birth)
{
	if (plan->image_fd >= 0)
		(void)syscall(SYS_execveat, plan->image_fd, "", plan->argv,
		    birth->environment, AT_EMPTY_PATH);
	else
		(void)execve(plan->path, plan->argv, birth->environment);
	return -errno;
}
