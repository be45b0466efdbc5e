/* Other processes: the argument is the number of one, as the machine has it. */
#include "escape.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int
try_see(const char *pid)
{
	struct dirent *entry;
	int rc = -ESRCH;
	DIR *dir = opendir("/proc");

	if (dir == NULL)
		return -errno;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, pid) == 0)
			rc = 0;
	(void)closedir(dir);
	return rc;
}

static int
open_proc(const char *pid, const char *name, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	return open(path, flags);
}

static int
try_proc_mem(const char *pid)
{
	return outcome_fd(open_proc(pid, "mem", O_RDONLY));
}

static int
try_proc_environ(const char *pid)
{
	char byte;
	int rc, fd = open_proc(pid, "environ", O_RDONLY);

	if (fd < 0)
		return -errno;
	rc = outcome(read(fd, &byte, 1));
	(void)close(fd);
	return rc;
}

/* What the other one has open as its input.  The numbers alone are no secret. */
static int
try_proc_fd(const char *pid)
{
	return outcome_fd(open_proc(pid, "fd/0", O_PATH));
}

static int
try_proc_root(const char *pid)
{
	return outcome_fd(open_proc(pid, "root/etc/passwd", O_RDONLY));
}

static int
try_proc_cwd(const char *pid)
{
	return outcome_fd(open_proc(pid, "cwd", O_PATH | O_DIRECTORY));
}

/* WINCH is ignored by whoever does not ask for it. */
static int
try_signal(const char *pid)
{
	return outcome(kill((pid_t)number(pid), SIGWINCH));
}

static int
try_tgkill(const char *pid)
{
	return outcome(syscall(SYS_tgkill, number(pid), number(pid), SIGWINCH));
}

static int
try_pidfd_signal(const char *pid)
{
	int rc, fd = (int)syscall(SYS_pidfd_open, number(pid), 0);

	if (fd < 0)
		return -errno;
	rc = outcome(syscall(SYS_pidfd_send_signal, fd, SIGWINCH, NULL, 0));
	(void)close(fd);
	return rc;
}

static int
try_stop(const char *pid)
{
	int rc = outcome(kill((pid_t)number(pid), SIGSTOP));

	(void)kill((pid_t)number(pid), SIGCONT);
	return rc;
}

/* All of its process group. */
static int
try_signal_group(const char *pid)
{
	return outcome(kill(-(pid_t)number(pid), SIGWINCH));
}

/* The kernel looks at the rights when the signal is sent: whether it came is for the
 * other one to say. */
static int
try_sigio(const char *pid)
{
	int ends[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return -errno;
	rc = outcome(fcntl(ends[0], F_SETOWN, (pid_t)number(pid)));
	if (rc == 0)
		rc = outcome(fcntl(ends[0], F_SETSIG, SIGUSR2));
	if (rc == 0)
		rc = outcome(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	if (rc == 0)
		rc = outcome(write(ends[1], "x", 1));
	(void)close(ends[0]);
	(void)close(ends[1]);
	return rc;
}

/* Seized, and let go as this process ends: it is not stopped. */
static int
seize(const char *pid)
{
	return outcome(ptrace(PTRACE_SEIZE, (pid_t)number(pid), NULL, NULL));
}

static int
try_ptrace(const char *pid)
{
	return apart(seize, pid);
}

/* Nothing is mapped at the address: the rights are looked at first. */
static int
try_vm_read(const char *pid)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { (void *)8, 1 };

	return outcome_but(
	    process_vm_readv((pid_t)number(pid), &to, 1, &from, 1, 0), EFAULT);
}

static int
try_vm_write(const char *pid)
{
	char byte = 'x';
	struct iovec from = { &byte, 1 }, to = { (void *)8, 1 };

	return outcome_but(
	    process_vm_writev((pid_t)number(pid), &from, 1, &to, 1, 0), EFAULT);
}

static int
try_getfd(const char *pid)
{
	int rc, fd = (int)syscall(SYS_pidfd_open, number(pid), 0);

	if (fd < 0)
		return -errno;
	rc = outcome_fd((int)syscall(SYS_pidfd_getfd, fd, 0, 0));
	(void)close(fd);
	return rc;
}

static int
try_kcmp(const char *pid)
{
	return outcome(syscall(SYS_kcmp, getpid(), number(pid), KCMP_VM, 0, 0));
}

static int
try_limits_of(const char *pid)
{
	struct rlimit limit;

	return outcome(prlimit((pid_t)number(pid), RLIMIT_NOFILE, NULL, &limit));
}

/* To what it is already. */
static int
try_nice_of(const char *pid)
{
	int nice;

	errno = 0;
	nice = getpriority(PRIO_PROCESS, (id_t)number(pid));
	if (errno != 0)
		return -errno;
	return outcome(setpriority(PRIO_PROCESS, (id_t)number(pid), nice));
}

static int
try_affinity_of(const char *pid)
{
	cpu_set_t set;

	if (sched_getaffinity((pid_t)number(pid), sizeof(set), &set) < 0)
		return -errno;
	return outcome(sched_setaffinity((pid_t)number(pid), sizeof(set), &set));
}

/* With no pages to move. */
static int
try_move_pages(const char *pid)
{
	return outcome(syscall(SYS_move_pages, number(pid), 0, NULL, NULL, NULL, 0));
}

/* Into the one at the top of the tree; the argument is its cgroup.procs. */
static int
try_leave_cgroup(const char *path)
{
	int rc, fd = open(path, O_WRONLY);

	if (fd < 0)
		return -errno;
	rc = outcome(write(fd, "0", 1));
	(void)close(fd);
	return rc;
}

const struct attempt escape_processes[] = {
	{ "see", try_see },
	{ "proc-mem", try_proc_mem },
	{ "proc-environ", try_proc_environ },
	{ "proc-fd", try_proc_fd },
	{ "proc-root", try_proc_root },
	{ "proc-cwd", try_proc_cwd },
	{ "signal", try_signal },
	{ "tgkill", try_tgkill },
	{ "pidfd-signal", try_pidfd_signal },
	{ "stop", try_stop },
	{ "signal-group", try_signal_group },
	{ "sigio", try_sigio },
	{ "ptrace", try_ptrace },
	{ "vm-read", try_vm_read },
	{ "vm-write", try_vm_write },
	{ "getfd", try_getfd },
	{ "kcmp", try_kcmp },
	{ "limits-of", try_limits_of },
	{ "nice-of", try_nice_of },
	{ "affinity-of", try_affinity_of },
	{ "move-pages", try_move_pages },
	{ "leave-cgroup", try_leave_cgroup },
	{ NULL, NULL },
};
