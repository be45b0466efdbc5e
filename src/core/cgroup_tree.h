/*
 * cgroup_tree -- cgroups (v2) as the kernel has them: directories and files
 *
 * Asks the kernel, and knows neither services nor connections.  A cgroup is held by a
 * descriptor of its directory, and by a lock on it: whoever finds one that is not locked
 * knows that nobody who lives has a use for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A file of the cgroup as text, as far as there is room; its length, or -errno.  `text`
 * is terminated in any case. */
ssize_t cgroup_tree_read(int fd, const char *file, char *text, size_t size);

/* One write: 0 or -errno. */
int cgroup_tree_write(int fd, const char *file, const char *text);

/* Below `home`, locked: *ret_fd is the caller's.  -EEXIST: it is there already. */
int cgroup_tree_make(int home, const char *name, int *ret_fd);

/* One that is there.  -EAGAIN: somebody has it. */
int cgroup_tree_lock(int home, const char *name, int *ret_fd);

/* Has it a process, or one below it? */
bool cgroup_tree_is_populated(int fd);

/* KILL to all that is in it, and below. */
void cgroup_tree_kill(int fd);

/* With all that is below it: there must be no process.  0 or -errno; the descriptor stays
 * open. */
int cgroup_tree_remove(int fd);

/* Has it others below it? */
bool cgroup_tree_has_children(int fd);

/* Each of those right below it is visited; their names begin with no dot. */
typedef void cgroup_tree_visit_fn(int parent, const char *name, void *context);
void cgroup_tree_each(int fd, cgroup_tree_visit_fn *, void *context);
