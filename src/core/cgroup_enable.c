#include "cgroup_enable.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"
#include "cgroup_tree.h"
#include "closing.h"

/* Who is started meanwhile is met by the next round. */
#define ROUNDS_MOST 4
#define ANCESTORS_MOST 64

static pid_t
parent_of(pid_t pid)
{
	char path[64], text[512];
	const char *after;
	ssize_t got;
	int parent = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	got = cgroup_tree_read(AT_FDCWD, path, text, sizeof(text));
	after = got <= 0 ? NULL : strrchr(text, ')');
	return after != NULL && sscanf(after, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool
is_ours(pid_t pid)
{
	for (int i = 0; i < ANCESTORS_MOST && pid > 1; i++) {
		if (pid == getpid())
			return true;
		pid = parent_of(pid);
	}
	return pid == getpid();
}

/* Ours go to `to`.  How many went; in *ret_other one that is not ours, or 0. */
static int
move_ours(int home, int to, pid_t *ret_other)
{
	cleanup_(close_fd) int fd = openat(home, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	cleanup_(close_file) FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int pid, moved = 0;

	*ret_other = 0;
	if (file == NULL)
		return 0;
	(void)take_fd(&fd);
	while (fscanf(file, "%d", &pid) == 1) {
		char number[16];

		(void)snprintf(number, sizeof(number), "%d", pid);
		if (!is_ours(pid))
			*ret_other = pid;
		else if (cgroup_tree_write(to, "cgroup.procs", number) == 0)
			moved++;
	}
	return moved;
}

static int
supervisor_open(int home)
{
	int fd = openat(home, CGROUP_SUPERVISOR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && mkdirat(home, CGROUP_SUPERVISOR, 0755) == 0)
		fd = openat(home, CGROUP_SUPERVISOR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void
say_others(const struct cgroup_home *home, pid_t other, struct text *why)
{
	char path[64], name[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)other);
	(void)cgroup_tree_read(AT_FDCWD, path, name, sizeof(name));
	name[strcspn(name, "\n")] = '\0';
	text_printf(why, "in %s there are processes that are not prong's, such as %d (",
	    home->path, (int)other);
	text_put_quoted(why, name, strlen(name));
	text_put(why,
	    "): prong needs a cgroup of its own; systemd-run -p Delegate=yes prong ...");
}

/* The root of all has no type, and may have processes as well. */
static bool
may_have_processes(int home)
{
	return faccessat(home, "cgroup.type", F_OK, 0) < 0;
}

static bool
has_processes(int home)
{
	char text[32];

	return cgroup_tree_read(home, "cgroup.procs", text, sizeof(text)) > 0;
}

/* Before it is tried: for some controllers the kernel would take it, and make a place for
 * threads of it (Documentation/admin-guide/cgroup-v2.rst, "Threads"). */
static int
move_away(const struct cgroup_home *home, struct text *why)
{
	cleanup_(close_fd) int supervisor = supervisor_open(home->fd);
	pid_t other = 0;

	if (supervisor < 0)
		return supervisor;
	for (int i = 0; i < ROUNDS_MOST && move_ours(home->fd, supervisor, &other) > 0;
	     i++)
		;
	if (other == 0)
		return 0;
	say_others(home, other, why);
	return -EBUSY;
}

static void
put_words(struct text *words, unsigned controllers, char sign)
{
	const char *name;

	for (unsigned i = 0; (name = cgroup_home_controller(i)) != NULL; i++) {
		if ((controllers & 1u << i) == 0)
			continue;
		text_put_char(words, sign);
		text_put(words, name);
		text_put_char(words, ' ');
	}
}

int
cgroup_enable(const struct cgroup_home *home, unsigned controllers, struct text *why)
{
	char words[64] = "";
	struct text text = TEXT_ON(words);
	size_t before = why->used;
	int rc = 0;

	if (controllers == 0)
		return 0;
	put_words(&text, controllers, '+');
	if (!may_have_processes(home->fd) && has_processes(home->fd))
		rc = move_away(home, why);
	if (rc == 0)
		rc = cgroup_tree_write(home->fd, "cgroup.subtree_control", words);
	if (rc == 0)
		return 0;
	if (why->used == before)
		text_printf(why, "%s/cgroup.subtree_control: %s: %s", home->path, words,
		    text_errno(-rc));
	cgroup_enable_undo();
	return rc;
}

static void
move_back(const struct cgroup_home *home)
{
	cleanup_(close_fd) int supervisor = supervisor_open(home->fd);
	pid_t other;

	if (supervisor >= 0)
		(void)move_ours(supervisor, home->fd, &other);
	(void)unlinkat(home->fd, CGROUP_SUPERVISOR, AT_REMOVEDIR);
}

/* Besides CGROUP_SUPERVISOR. */
static bool
has_other_children(int fd)
{
	struct stat status;

	return fstat(fd, &status) < 0 || status.st_nlink > 3;
}

/* The controllers first: those that have them below may have no process. */
void
cgroup_enable_undo(void)
{
	char nothing[256], words[64] = "";
	struct text why = TEXT_ON(nothing), text = TEXT_ON(words);
	struct cgroup_home home;

	if (cgroup_home_open(&home, "auto", &why) == 0 && home.is_above_us &&
	    !has_other_children(home.fd)) {
		put_words(&text, CGROUP_MEMORY | CGROUP_PIDS | CGROUP_CPU, '-');
		if (cgroup_tree_write(home.fd, "cgroup.subtree_control", words) == 0)
			move_back(&home);
	}
	cgroup_home_close(&home);
}
