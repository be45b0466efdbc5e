#include "cgroup_home.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base.h"
#include "cgroup_text.h"
#include "cgroup_tree.h"
#include "closing.h"

#define V1_MOST 64

const char *
cgroup_home_controller(unsigned i)
{
	static const char *const names[] = { "memory", "pids", "cpu" };

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

/* What /proc says of the hierarchies. */
struct hierarchy {
	char mount[PATH_MAX], root[CGROUP_PATH_MAX];
	char own[CGROUP_PATH_MAX]; /* without CGROUP_SUPERVISOR */
	char old[V1_MOST];         /* controllers that v1 has: "memory, cpu" */
	bool is_mounted, is_supervisor;
};

/* The last one counts: it hides those that were mounted there before. */
static void
find_mount(struct hierarchy *hierarchy)
{
	cleanup_(close_file) FILE *file = fopen("/proc/self/mountinfo", "re");
	cleanup_(free_text) char *line = NULL;
	size_t size = 0;

	while (file != NULL && getline(&line, &size, file) > 0) {
		char mount[PATH_MAX], root[CGROUP_PATH_MAX];
		struct text mount_text = TEXT_ON(mount), root_text = TEXT_ON(root);

		mount[0] = root[0] = '\0';
		if (!cgroup_text_mount(line, &mount_text, &root_text))
			continue;
		memcpy(hierarchy->mount, mount, sizeof(mount));
		memcpy(hierarchy->root, root, sizeof(root));
		hierarchy->is_mounted = true;
	}
}

static void
note_v1(struct hierarchy *hierarchy, const char *line)
{
	struct text old = TEXT_ON(hierarchy->old);
	const char *name;

	old.used = strlen(hierarchy->old);
	for (unsigned i = 0; (name = cgroup_home_controller(i)) != NULL; i++) {
		if (!cgroup_text_is_v1(line, name))
			continue;
		text_put(&old, old.used > 0 ? ", " : "");
		text_put(&old, name);
	}
}

/* Where we are because cgroup_home_enable() brought us there, now or before an upgrade,
 * or systemd (DelegateSubgroup=), is not where we belong. */
static void
note_own(struct hierarchy *hierarchy, const char *own)
{
	char *slash;

	(void)snprintf(hierarchy->own, sizeof(hierarchy->own), "%s", own);
	slash = strrchr(hierarchy->own, '/');
	if (slash == NULL || strcmp(slash + 1, CGROUP_SUPERVISOR) != 0)
		return;
	hierarchy->is_supervisor = true;
	slash[slash == hierarchy->own] = '\0';
}

static void
find_own(struct hierarchy *hierarchy)
{
	cleanup_(close_file) FILE *file = fopen("/proc/self/cgroup", "re");
	cleanup_(free_text) char *line = NULL;
	size_t size = 0;

	while (file != NULL && getline(&line, &size, file) > 0) {
		const char *own;

		line[strcspn(line, "\n")] = '\0';
		own = cgroup_text_own(line);
		if (own != NULL)
			note_own(hierarchy, own);
		else
			note_v1(hierarchy, line);
	}
}

static int
hierarchy_find(struct hierarchy *ret, struct text *why)
{
	*ret = (struct hierarchy){ .is_mounted = false };
	find_mount(ret);
	find_own(ret);
	if (ret->is_mounted && ret->own[0] != '\0')
		return 0;
	text_put(why, "cgroup v2 is not mounted");
	if (ret->old[0] != '\0')
		text_printf(why, "; cgroup v1 has %s, which is of no use here", ret->old);
	return -EOPNOTSUPP;
}

/* The mount point may stand before it, or where it is usually mounted. */
static const char *
path_of(const struct hierarchy *hierarchy, const char *where)
{
	static const char usual[] = "/sys/fs/cgroup";
	size_t length = strlen(hierarchy->mount);

	if (strncmp(where, hierarchy->mount, length) == 0 && where[length] == '/')
		return where + length;
	length = sizeof(usual) - 1;
	return strncmp(where, usual, length) == 0 && where[length] == '/' ? where + length
									  : where;
}

static bool
has_dots(const char *path)
{
	const char *at = strstr(path, "..");

	return at != NULL && (at == path || at[-1] == '/') &&
	       (at[2] == '/' || at[2] == '\0');
}

static int
directory_open(struct cgroup_home *home, const char *path, struct text *why)
{
	home->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (home->fd >= 0)
		return 0;
	if (errno == ENOENT) {
		text_printf(why, "there is no cgroup %s: mkdir %s", home->path, path);
		return -ENOENT;
	}
	text_printf(why, "%s: %s", path, text_errno(errno));
	return -errno;
}

static int
home_find(struct cgroup_home *home, const char *where, struct text *why)
{
	struct hierarchy hierarchy;
	char path[2 * PATH_MAX];
	const char *below;
	int rc = hierarchy_find(&hierarchy, why);

	if (rc < 0)
		return rc;
	if (strcmp(where, "auto") == 0) {
		home->is_above_us = hierarchy.is_supervisor;
		(void)snprintf(home->path, sizeof(home->path), "%s", hierarchy.own);
		below = cgroup_text_below(hierarchy.own, hierarchy.root);
	} else {
		below = path_of(&hierarchy, where);
		(void)snprintf(home->path, sizeof(home->path), "%s%s",
		    below[0] == '/' ? "" : "/", below);
		below = home->path;
	}
	if (below == NULL) {
		text_printf(why,
		    "prong's own cgroup %s is not below what is mounted at %s",
		    hierarchy.own, hierarchy.mount);
		return -EOPNOTSUPP;
	}
	(void)snprintf(path, sizeof(path), "%s%s", hierarchy.mount, below);
	return directory_open(home, path, why);
}

int
cgroup_home_open(struct cgroup_home *home, const char *where, struct text *why)
{
	*home = (struct cgroup_home){ .fd = -1 };
	if (has_dots(where)) {
		text_put(why, "a path without '..' is wanted");
		return -EINVAL;
	}
	return home_find(home, where, why);
}

void
cgroup_home_close(struct cgroup_home *home)
{
	close_fd(&home->fd);
}

/* ---- is it ours? ----------------------------------------------------------------- */

static int
say_not_delegated(const struct cgroup_home *home, const char *reason, struct text *why)
{
	text_printf(why, "the cgroup %s is not delegated: %s", home->path, reason);
	return -EACCES;
}

/* Root may write to it all the same, but systemd gives and takes the controllers of those
 * below as its own units need them, and limits would go without a word.  The marks are of
 * one kind, so that whoever may see the one can see the other. */
static bool
is_kept_by_systemd(const struct cgroup_home *home)
{
	char mark[64];

	return fgetxattr(home->fd, "trusted.invocation_id", mark, sizeof(mark)) > 0 &&
	       fgetxattr(home->fd, "trusted.delegate", mark, sizeof(mark)) < 0;
}

static int
check_access(const struct cgroup_home *home, unsigned controllers, struct text *why)
{
	if (faccessat(home->fd, ".", W_OK, AT_EACCESS) == 0 &&
	    faccessat(home->fd, "cgroup.procs", W_OK, AT_EACCESS) == 0 &&
	    (controllers == 0 ||
		faccessat(home->fd, "cgroup.subtree_control", W_OK, AT_EACCESS) == 0))
		return is_kept_by_systemd(home)
			   ? say_not_delegated(home,
				 "systemd keeps it for itself; the unit needs "
				 "Delegate=yes",
				 why)
			   : 0;
	if (errno != EROFS)
		return say_not_delegated(
		    home, "it belongs to another user; systemd: Delegate=yes", why);
	(void)say_not_delegated(home, "it is mounted read-only", why);
	return -EROFS;
}

static int
check_controllers(const struct cgroup_home *home, unsigned controllers, struct text *why)
{
	struct hierarchy hierarchy;
	const char *name;
	char text[512];

	(void)cgroup_tree_read(home->fd, "cgroup.controllers", text, sizeof(text));
	for (unsigned i = 0; (name = cgroup_home_controller(i)) != NULL; i++) {
		if ((controllers & 1u << i) == 0 || cgroup_text_has(text, name))
			continue;
		text_printf(why,
		    "the controller %s is not available in %s: its cgroup.controllers has "
		    "%s",
		    name, home->path, text[0] <= '\n' ? "none" : "others only");
		if (hierarchy_find(&hierarchy, why) == 0 &&
		    cgroup_text_has(hierarchy.old, name))
			text_printf(why, "; cgroup v1 has %s", name);
		return -EOPNOTSUPP;
	}
	return 0;
}

int
cgroup_home_check(const struct cgroup_home *home, unsigned controllers, struct text *why)
{
	int rc = check_access(home, controllers, why);

	return rc < 0 ? rc : check_controllers(home, controllers, why);
}
