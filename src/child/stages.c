#include "stages.h"

#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>

#define FIRST_FREE 3
#define SIGNAL(number) (1ULL << ((number)-1))

static int
close_span(int first, int last)
{
	if (first > last)
		return 0;
	return syscall(SYS_close_range, first, last, 0) < 0 ? -errno : 0;
}

/* Everything from 3 to `last` but two, which exec closes. */
static int
close_all_but(int one, int other, int last)
{
	int low = one < other ? one : other, high = one < other ? other : one;
	int rc, next = FIRST_FREE;

	if (low >= FIRST_FREE) {
		rc = close_span(next, low - 1);
		if (rc < 0)
			return rc;
		next = low + 1;
	}
	if (high >= FIRST_FREE) {
		rc = close_span(next, high - 1);
		if (rc < 0)
			return rc;
		next = high + 1;
	}
	return close_span(next, last);
}

/* Where the filter's listener is to be sent. */
static int
tell_fd(const struct birth *birth)
{
	return birth->isolation == NULL ? -1 : birth->isolation->tell_fd;
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
	return close_all_but(plan->image_fd, tell_fd(birth), birth->low_end - 1);
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
		if ((which & SIGNAL(i)) == 0 || i == SIGKILL || i == SIGSTOP)
			continue;
		if (set_default(i) < 0)
			return -errno;
	}
	return 0;
}

/* What hosts are used to ignore, perhaps only since they have started the server: to ask
 * for all of them before each start would cost more. */
static const uint64_t usually_ignored =
    SIGNAL(SIGHUP) | SIGNAL(SIGINT) | SIGNAL(SIGQUIT) | SIGNAL(SIGPIPE) |
    SIGNAL(SIGALRM) | SIGNAL(SIGTERM) | SIGNAL(SIGUSR1) | SIGNAL(SIGUSR2) |
    SIGNAL(SIGCHLD) | SIGNAL(SIGTSTP) | SIGNAL(SIGTTIN) | SIGNAL(SIGTTOU) |
    SIGNAL(SIGWINCH);

int
stage_signals(const struct plan *plan, const struct birth *birth)
{
	uint64_t none = 0;
	int rc = stage_signals_reset(
	    birth->has_handlers ? ~0ULL : plan->ignored_signals | usually_ignored);

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
stage_directory(const struct plan *plan, const struct birth *birth)
{
	(void)birth;
	(void)umask(plan->umask);
	if (plan->dir != NULL && chdir(plan->dir) < 0)
		return -errno;
	return 0;
}

/* In another pid namespace the parent has no number.  Whatever is there ends with its
 * init, and that with the supervisor. */
static bool
is_elsewhere(const struct plan *plan)
{
	const struct plan_isolation *isolation = plan->isolation;

	return isolation != NULL &&
	       ((isolation->enter | isolation->make) & CLONE_NEWPID) != 0;
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
	return getppid() == plan->bound_to || is_elsewhere(plan) ? 0 : -ESRCH;
}

/* Returns only when the program cannot be run. */
int
stage_program(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;
	bool is_secret = isolation != NULL && isolation->exec_path != NULL;
	const char *empty = is_secret ? isolation->exec_empty : "";

	if (plan->image_fd >= 0)
		(void)syscall(SYS_execveat, plan->image_fd, empty, plan->argv,
		    birth->environment, AT_EMPTY_PATH);
	else
		(void)execve(is_secret ? isolation->exec_path : plan->path, plan->argv,
		    birth->environment);
	return -errno;
}
