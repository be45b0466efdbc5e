#include "reap.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "patience.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

const char *
reap_kind_name(enum ending_kind kind)
{
	switch (kind) {
	case ENDING_UNKNOWN:
		return "unknown";
	case ENDING_EXITED:
		return "exited";
	case ENDING_KILLED:
		return "killed";
	case ENDING_STAGE:
		return "stage";
	case ENDING_UNSTARTED:
		return "unstarted";
	}
	return "?";
}

bool
reap_has_cost(const struct ending *ending)
{
	return (ending->kind == ENDING_EXITED || ending->kind == ENDING_KILLED) &&
	       ending->cpu_usec != REAP_NO_COST;
}

static uint64_t
usec_of(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec;
}

/* The raw call, for libc's waitid() leaves out the resource usage. */
static int
wait_pidfd(int pidfd, siginfo_t *info, struct rusage *usage)
{
	long rc;

	do
		rc = syscall(SYS_waitid, P_PIDFD, pidfd, info, WEXITED | WNOHANG, usage);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : 0;
}

/* ---- from somebody else's hands -------------------------------------------------- */

/* struct pidfd_info as of Linux 6.13, which Debian 12 has no header for. */
struct pidfd_facts {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t status; /* as of wait(2), once the process was reaped: Linux 6.15 */
};

#define FACTS_GET _IOWR(0xFF, 11, struct pidfd_facts)
#define FACTS_HAVE_STATUS (1U << 3)
/* Between the moment in which nobody can take its status any more and the one in which
 * the pidfd has it: nothing, unless the process has to wait for a processor just then. */
#define FACTS_WAIT_MS 2000

static bool
facts_get(int pidfd, struct pidfd_facts *facts)
{
	*facts = (struct pidfd_facts){ .mask = FACTS_HAVE_STATUS };
	return ioctl(pidfd, FACTS_GET, facts) == 0;
}

/* The host has its own wait(2), or ignores SIGCHLD: the pidfd keeps the status, and
 * hangs up when it does. */
static void
collect_reaped(int pidfd, struct ending *ending)
{
	struct pidfd_facts facts;

	if (!facts_get(pidfd, &facts))
		return;
	if ((facts.mask & FACTS_HAVE_STATUS) == 0) {
		(void)patience_wait(pidfd, 0, FACTS_WAIT_MS);
		if (!facts_get(pidfd, &facts) || (facts.mask & FACTS_HAVE_STATUS) == 0)
			return;
	}
	ending->cpu_usec = REAP_NO_COST;
	ending->kind = WIFEXITED(facts.status) ? ENDING_EXITED : ENDING_KILLED;
	ending->status =
	    WIFEXITED(facts.status) ? WEXITSTATUS(facts.status) : WTERMSIG(facts.status);
	ending->dumped_core = !WIFEXITED(facts.status) && WCOREDUMP(facts.status);
}

bool
reap_collect(int pidfd, struct ending *ret)
{
	siginfo_t info = { 0 };
	struct rusage usage = { 0 };
	int rc = wait_pidfd(pidfd, &info, &usage);

	if (rc == 0 && info.si_pid == 0)
		return false;
	*ret = (struct ending){ .kind = ENDING_UNKNOWN };
	if (rc < 0) {
		collect_reaped(pidfd, ret);
		return true;
	}
	ret->kind = info.si_code == CLD_EXITED ? ENDING_EXITED : ENDING_KILLED;
	ret->status = info.si_status;
	ret->dumped_core = info.si_code == CLD_DUMPED;
	ret->cpu_usec = usec_of(usage.ru_utime) + usec_of(usage.ru_stime);
	ret->peak_kb = (uint64_t)usage.ru_maxrss;
	return true;
}

pid_t
reap_peek_any(void)
{
	siginfo_t info = { 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_pid;
}

bool
reap_orphan(pid_t pid, int *ret_status)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return false;
	*ret_status = info.si_status;
	return true;
}
