#include "here.h"

#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "version.h"
#include "words.h"

static const char *
said(bool is)
{
	return is ? _("yes") : _("no");
}

static const char *
offers_family(int family)
{
	cleanup_(close_fd) int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return said(fd >= 0);
}

/* ---- what only a process of its own can try ---------------------------------------- */

/* With privilege, or in a user namespace, as the kernel and its guards allow it. */
static bool
may_unshare(void)
{
	const int some = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC;

	return unshare(some) == 0 || (unshare(CLONE_NEWUSER) == 0 && unshare(some) == 0);
}

/* As Yama says it, see Documentation/admin-guide/LSM/Yama.rst: with 3 nobody may. */
static bool
may_be_traced(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static const char *
offers_try(bool (*may)(void))
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(may() ? 0 : 1);
	return said(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* ---- by a question ---------------------------------------------------------------- */

static const char *
offers_filter(void)
{
	const uint32_t action = SECCOMP_RET_ERRNO;

	return said(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0);
}

/* Its version: which accesses it knows, landlock(7). */
static void
print_landlock(FILE *out)
{
	long version = syscall(
	    SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version > 0)
		(void)fprintf(out, "Landlock %ld", version);
	else
		(void)fprintf(out, "Landlock %s", said(false));
}

static void
print_isolation(FILE *out)
{
	(void)fputs(_("for isolation: "), out);
	print_landlock(out);
	(void)fprintf(out,
	    _(", filters of system calls %s, namespaces %s; to hold programs: tracing %s\n"),
	    offers_filter(), offers_try(may_unshare), offers_try(may_be_traced));
}

void
here_print(FILE *out)
{
	struct utsname here = { 0 };

	(void)uname(&here);
	(void)fprintf(out, "prong %s\n", PRONG_VERSION);
	(void)fprintf(out,
	    _("here: %s %s on %s; IPv4 %s, IPv6 %s, vsock %s, journal %s\n"),
	    here.sysname, here.release, here.machine, offers_family(AF_INET),
	    offers_family(AF_INET6), offers_family(AF_VSOCK),
	    said(access("/run/systemd/journal/socket", F_OK) == 0));
	print_isolation(out);
}
