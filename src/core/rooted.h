/*
 * rooted -- what a path means to a program that has another root
 */
#pragma once

#include <limits.h>

/* Where on this machine the file is that is called `path` below `root`: symbolic links
 * are followed there, as the program would, and lead nowhere else.  "": there is none.
 * Without a root (NULL): `path`. */
const char *rooted_path(const char *root, const char *path, char buffer[PATH_MAX]);
