#include "keeper.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base.h"
#include "capable.h"
#include "patience.h"
#include "text.h"

/* A network namespace may have to wait for others that are being taken down. */
#define PATIENCE_MS 10000
/* What one write(2) to uid_map may have: the kernel takes less than a page. */
#define MAP_BYTES 4096

struct keeper {
	pid_t pid;
	int news_fd; /* our end of a pair: it says how it went */
};

/* ---- the keeper's side ----------------------------------------------------------- */

/* 0 or an errno. */
typedef int keeper_deed(const struct keeper_order *);

static int
deed_make(const struct keeper_order *order)
{
	int flags = (order->has_user ? CLONE_NEWUSER : 0) |
		    (order->has_network ? CLONE_NEWNET : 0);

	return unshare(flags) < 0 ? errno : 0;
}

/* Who enters a mount namespace begins at its root, also in the one where he is.  By
 * pidfd, which needs no /proc. */
static int
deed_look(const struct keeper_order *nothing)
{
	struct statx here = { 0 }, there = { 0 };
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	(void)nothing;
	if (statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &here) < 0 ||
	    setns(fd, CLONE_NEWNS) < 0 ||
	    statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &there) < 0)
		return errno;
	return here.stx_mnt_id == there.stx_mnt_id && here.stx_ino == there.stx_ino
		   ? 0
		   : EXDEV;
}

/* Shares nothing with us but what fork(2) copies; calls nothing but the kernel.  Ends
 * with us, if we end before we have ended it. */
static _Noreturn void
keeper_run(keeper_deed *deed, const struct keeper_order *order, int pair[2])
{
	int error;
	char nothing;

	(void)close(pair[0]);
	error = deed(order);
	if (write(pair[1], &error, sizeof(error)) == sizeof(error))
		while (read(pair[1], &nothing, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

/*
 * Raw, since it is not the host's business: no pthread_atfork(3) is run, and as it sends
 * no signal at its end no handler of SIGCHLD is surprised, and no wait of the host's
 * takes it (but with __WALL).  All arguments zero: their order differs between machines.
 */
static pid_t
keeper_fork(keeper_deed *deed, const struct keeper_order *order, int pair[2])
{
	sigset_t all, before;
	pid_t pid;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	error = errno;
	if (pid == 0)
		keeper_run(deed, order, pair);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -error : pid;
}

/* ---- ours ------------------------------------------------------------------------ */

static int
keeper_begin(struct keeper *keeper, keeper_deed *deed, const struct keeper_order *order)
{
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	rc = keeper_fork(deed, order, pair);
	close_fd(&pair[1]);
	if (rc < 0) {
		close_fd(&pair[0]);
		return rc;
	}
	*keeper = (struct keeper){ .pid = rc, .news_fd = pair[0] };
	return 0;
}

static void
keeper_end(struct keeper *keeper)
{
	(void)kill(keeper->pid, SIGKILL);
	while (waitpid(keeper->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	close_fd(&keeper->news_fd);
}

static int
keeper_wait(const struct keeper *keeper)
{
	int error;

	if (patience_wait(keeper->news_fd, POLLIN, PATIENCE_MS) == 0)
		return -ETIMEDOUT;
	/* One message of a few bytes never comes in parts. */
	if (read(keeper->news_fd, &error, sizeof(error)) != sizeof(error))
		return -ECHILD;
	return -error;
}

static int
keeper_open(const struct keeper *keeper, const char *name, int flags)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)keeper->pid, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int
keeper_write(const struct keeper *keeper, const char *name, const char *words)
{
	cleanup_(close_fd) int fd = keeper_open(keeper, name, O_WRONLY);

	if (fd < 0)
		return fd;
	return write(fd, words, strlen(words)) < 0 ? -errno : 0;
}

/* Each number that exists here, as itself; from `first` on. */
static void
map_put(struct text *map, FILE *from, unsigned long first)
{
	unsigned long inside, outside, count;

	while (fscanf(from, "%lu %lu %lu", &inside, &outside, &count) == 3) {
		if (inside < first) {
			count -= count < first - inside ? count : first - inside;
			inside = first;
		}
		if (count > 0)
			text_printf(map, "%lu %lu %lu\n", inside, inside, count);
	}
}

static int
map_all(const struct keeper *keeper, const char *name, unsigned long first)
{
	char path[32], words[MAP_BYTES] = "";
	struct text map = TEXT_ON(words);
	FILE *from;

	(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
	from = fopen(path, "re");
	if (from == NULL)
		return -errno;
	map_put(&map, from, first);
	(void)fclose(from);
	return map.is_cut ? -E2BIG : keeper_write(keeper, name, words);
}

static int
map_own(const struct keeper *keeper, const char *name, unsigned long id)
{
	char words[64];

	(void)snprintf(words, sizeof(words), "%lu %lu 1\n", id, id);
	return keeper_write(keeper, name, words);
}

/* Number 0 needs CAP_SETFCAP (Linux 5.12), without which the others are as good. */
static int
map_users(const struct keeper *keeper)
{
	int rc;

	if (!capable_of(CAP_SETUID))
		return map_own(keeper, "uid_map", geteuid());
	rc = map_all(keeper, "uid_map", 0);
	return rc == -EPERM ? map_all(keeper, "uid_map", 1) : rc;
}

/* Who may not map other groups must give up the right to change groups first, for some
 * group may have been made to keep him out: user_namespaces(7). */
static int
map_groups(const struct keeper *keeper)
{
	int rc;

	if (capable_of(CAP_SETGID))
		return map_all(keeper, "gid_map", 0);
	rc = keeper_write(keeper, "setgroups", "deny");
	return rc < 0 ? rc : map_own(keeper, "gid_map", getegid());
}

static int
keeper_take(const struct keeper *keeper, const struct keeper_order *order,
    int *ret_user_fd, int *ret_network_fd)
{
	cleanup_(close_fd) int user_fd = -1;
	int rc = keeper_wait(keeper);

	if (rc == 0 && order->has_user)
		rc = map_users(keeper);
	if (rc == 0 && order->has_user)
		rc = map_groups(keeper);
	if (rc < 0)
		return rc;
	if (order->has_user)
		user_fd = keeper_open(keeper, "ns/user", O_RDONLY);
	if (order->has_user && user_fd < 0)
		return user_fd;
	if (order->has_network) {
		rc = keeper_open(keeper, "ns/net", O_RDONLY);
		if (rc < 0)
			return rc;
		*ret_network_fd = rc;
	}
	if (order->has_user)
		*ret_user_fd = take_fd(&user_fd);
	return 0;
}

int
keeper_make(const struct keeper_order *order, int *ret_user_fd, int *ret_network_fd)
{
	struct keeper keeper = { .news_fd = -1 };
	int rc = keeper_begin(&keeper, deed_make, order);

	if (rc < 0)
		return rc;
	rc = keeper_take(&keeper, order, ret_user_fd, ret_network_fd);
	keeper_end(&keeper);
	return rc;
}

bool
keeper_is_jailed(void)
{
	struct keeper keeper = { .news_fd = -1 };
	int rc = keeper_begin(&keeper, deed_look, NULL);

	if (rc < 0)
		return false;
	rc = keeper_wait(&keeper);
	keeper_end(&keeper);
	return rc == -EXDEV;
}
