#include "child.h"

#include "stages.h"

#include <errno.h>
#include <sched.h>

static const struct {
	const char *name;
	int (*run)(const struct plan *, const struct birth *);
	const char *hint;
} stages[STAGE_COUNT] = {
	[STAGE_NONE] = { "?", NULL, "" },
	[STAGE_LIMITS] = { "limits", stage_limits,
	    "raising a limit needs CAP_SYS_RESOURCE; ask for less, or start prong with more" },
	[STAGE_PRIORITY] = { "nice", stage_priority,
	    "a number below the present one needs CAP_SYS_NICE" },
	[STAGE_ENTER] = { "enter", stage_enter,
	    "namespaces need CAP_SYS_ADMIN, or a kernel that gives user namespaces to all" },
	[STAGE_NAMESPACES] = { "namespaces", stage_namespaces,
	    "namespaces need CAP_SYS_ADMIN, or a kernel that gives user namespaces to all" },
	[STAGE_MOUNTS] = { "mounts", stage_mounts,
	    "each path must exist; in a container /proc may not be mounted anew" },
	[STAGE_ROOT] = { "root", stage_root,
	    "the directory must exist, and chroot(2) needs CAP_SYS_CHROOT; with a mount namespace "
	    "(namespaces: mount) it is not used" },
	[STAGE_RULES] = { "rules", stage_rules,
	    "each path of read, write and execute must be there, and Landlock wants "
	    "no-new-privileges or CAP_SYS_ADMIN" },
	[STAGE_DESCRIPTORS] = { "descriptors", stage_descriptors,
	    "close_range(2) is needed: Linux 5.9, and no filter that hides it" },
	[STAGE_FILES] = { "files", stage_files,
	    "raising a limit needs CAP_SYS_RESOURCE; ask for less, or start prong with more" },
	[STAGE_SIGNALS] = { "signals", stage_signals, "" },
	[STAGE_SESSION] = { "session", stage_session, "" },
	[STAGE_BOUNDING] = { "bounding", stage_bounding,
	    "the bounding set needs CAP_SETPCAP, or no-new-privileges" },
	[STAGE_USER] = { "user", stage_user,
	    "changing user or groups needs CAP_SETUID and CAP_SETGID: start prong as root" },
	[STAGE_CAPABILITIES] = { "capabilities", stage_capabilities,
	    "only what prong has itself can be kept, and securebits need CAP_SETPCAP" },
	[STAGE_ORPHANS] = { "orphans", stage_orphans,
	    "prong ended while the program was being started" },
	[STAGE_DIRECTORY] = { "dir", stage_directory,
	    "the directory must exist and be open to the user that the program runs as" },
	[STAGE_FILTER] = { "filter", stage_filter,
	    "seccomp(2) is needed, and no-new-privileges or CAP_SYS_ADMIN" },
	[STAGE_PROGRAM] = { "program", stage_program,
	    "the file must exist and be executable for the user that it runs as" },
};

const char *
child_stage_name(int stage)
{
	return stage > STAGE_NONE && stage < STAGE_COUNT ? stages[stage].name : "?";
}

const char *
child_stage_hint(int stage, int error)
{
	if (stage == STAGE_PROGRAM && error == ENOEXEC)
		return "it is neither a program for this machine nor a script that begins "
		       "with #! and its interpreter";
	return stage > STAGE_NONE && stage < STAGE_COUNT ? stages[stage].hint : "";
}

static int
child_fail(const struct birth *birth, int stage, int rc)
{
	birth->report->error = -rc;
	birth->report->stage = stage;
	return stage;
}

static int
child_run(const struct plan *plan, const struct birth *birth, int first, int last)
{
	for (int i = first; i <= last; i++) {
		int rc = stages[i].run(plan, birth);

		if (rc < 0)
			return child_fail(birth, i, rc);
	}
	return 0;
}

int
child_prepare(const struct plan *plan, const struct birth *birth)
{
	return child_run(plan, birth, STAGE_NONE + 1, STAGE_PROGRAM - 1);
}

/* ---- another pid namespace: the way goes on in one more process ------------------ */

struct rest {
	const struct plan *plan;
	const struct birth *birth;
	int last;
};

/* Of the last stage a trial can only ask whether it may be. */
static int
child_look(const struct plan *plan, const struct birth *birth)
{
	if (plan->image_fd >= 0 || plan->path == NULL ||
	    syscall(SYS_faccessat, AT_FDCWD, plan->path, X_OK) == 0)
		return 0;
	return errno == ENOSYS || errno == EPERM
		   ? 0
		   : child_fail(birth, STAGE_PROGRAM, -errno);
}

static _Noreturn void
rest_run(const struct rest *rest)
{
	int failed = child_run(rest->plan, rest->birth, STAGE_ENTER + 1, rest->last);

	if (failed == 0 && rest->last < STAGE_PROGRAM) {
		failed = child_look(rest->plan, rest->birth);
		rest->birth->report->is_through = failed == 0;
	}
	_exit(failed == 0 ? 0 : 125);
}

static int
rest_begin(void *argument)
{
	rest_run(argument);
}

/*
 * CLONE_PARENT: the new process is the supervisor's own child, with a pidfd in its table,
 * which is still ours.  We wait for its exec (CLONE_VFORK), so that the supervisor does,
 * and end.  Signal handlers: ours are the default ones already, or `signals` resets them.
 */
static _Noreturn void
rest_split(const struct rest *rest)
{
	const struct plan_isolation *isolation = rest->plan->isolation;
	const struct birth_isolation *birth = rest->birth->isolation;
	int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | CLONE_PARENT |
		    SIGCHLD | (int)isolation->make;
	int pidfd = -1;
	int pid = clone(rest_begin, birth->stack + birth->stack_size, flags,
	    (void *)(uintptr_t)rest, &pidfd);

	if (pid < 0) {
		(void)child_fail(rest->birth, STAGE_ENTER, -errno);
		_exit(125);
	}
	birth->made->pid = pid;
	birth->made->pidfd = pidfd;
	_exit(0);
}

static _Noreturn void
child_go(const struct plan *plan, const struct birth *birth, int last)
{
	const struct rest rest = { plan, birth, last };

	if (child_run(plan, birth, STAGE_NONE + 1, STAGE_ENTER) != 0)
		_exit(125);
	if (is_split(plan->isolation))
		rest_split(&rest);
	rest_run(&rest);
}

void
child_main(const struct plan *plan, const struct birth *birth)
{
	child_go(plan, birth, STAGE_PROGRAM);
}

void
child_try(const struct plan *plan, const struct birth *birth)
{
	child_go(plan, birth, STAGE_PROGRAM - 1);
}
