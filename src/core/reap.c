#include "reap.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

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

bool
reap_collect(int pidfd, struct ending *ret)
{
	siginfo_t info = { 0 };
	struct rusage usage = { 0 };
	int rc = wait_pidfd(pidfd, &info, &usage);

	if (rc == 0 && info.si_pid == 0)
		return false;
	*ret = (struct ending){ .kind = ENDING_UNKNOWN };
	if (rc < 0)
		return true;
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
