#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include "base.h"
#include "text.h"

static const int reported[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2 };
static const int children[] = { SIGCHLD };
static const int silenced[] = { SIGPIPE, SIGXFSZ, SIGTTIN, SIGTTOU };

int
process_fill_standard_fds(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDWR) != fd)
			return -EBADF;
	return 0;
}

/* For kernels behind a seccomp filter that does not know close_range(2). */
static int
cloexec_one_by_one(void)
{
	DIR *fds = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint64_t fd;

	if (fds == NULL)
		return -errno;
	while ((entry = readdir(fds)) != NULL)
		if (text_parse_number(entry->d_name, STDERR_FILENO + 1, INT_MAX, &fd) ==
		    0)
			(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	(void)closedir(fds);
	return 0;
}

int
process_cloexec_fds(void)
{
	if (syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	return cloexec_one_by_one();
}

static void
add_all(sigset_t *set, const int *signals, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)sigaddset(set, signals[i]);
}

void
process_reset_signals(void)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t blocked;

	for (int number = 1; number <= SIGRTMAX; number++)
		(void)sigaction(number, &usual, NULL);
	(void)sigemptyset(&blocked);
	add_all(&blocked, reported, ARRAY_SIZE(reported));
	add_all(&blocked, children, ARRAY_SIZE(children));
	add_all(&blocked, silenced, ARRAY_SIZE(silenced));
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static int
signals_open(const int *signals, size_t count)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	add_all(&set, signals, count);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
process_signals_open(void)
{
	return signals_open(reported, ARRAY_SIZE(reported));
}

int
process_children_open(void)
{
	return signals_open(children, ARRAY_SIZE(children));
}

int
process_raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -errno;
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) < 0 ? -errno : 0;
}

int
process_adopt_orphans(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}
