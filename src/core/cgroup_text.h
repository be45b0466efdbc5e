/*
 * cgroup_text -- what the kernel writes in the files of cgroups
 *
 * Pure: text in, facts out (proc(5), cgroups(7),
 * Documentation/admin-guide/cgroup-v2.rst).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* A line of /proc/self/mountinfo: true if it is a cgroup v2, and then where it is
 * mounted, and which cgroup is seen there. */
bool cgroup_text_mount(const char *line, struct text *mount, struct text *root);

/* A line of /proc/self/cgroup: the path in the v2 hierarchy ("0::/a/b"), of `line`; NULL:
 * it is another hierarchy's. */
const char *cgroup_text_own(const char *line);

/* ... true if it is a v1 hierarchy with that controller. */
bool cgroup_text_is_v1(const char *line, const char *controller);

/* Where below the mount that cgroup is: "" is the mount itself.  NULL: it is not seen
 * there. */
const char *cgroup_text_below(const char *own, const char *root);

/* "key number" lines: the number of that key, or 0. */
uint64_t cgroup_text_number(const char *text, const char *key);

/* Microseconds that something had to wait, of a file of pressure: "some ... total=N". */
uint64_t cgroup_text_stall(const char *text);

/* Is the word in a list with blanks between them? */
bool cgroup_text_has(const char *text, const char *word);

/* Is it the name of a session's cgroup, "prong-SERVICE-NUMBER", and of that service?
 * NULL: of any. */
bool cgroup_text_is_leaf(const char *name, const char *service);
