/*
 * argv -- the program as inetd and its kin have it: a path, and argv[0] beside it
 *
 * Ours has the path first and gives it as argv[0].  Where that makes a difference it is
 * told, and two programs that are there for the sake of argv[0] are seen through: tcpd,
 * which is given the server's name, and busybox, which takes it as its first argument.
 */
#pragma once

#include "draft.h"

/* `args` from `first` on: argv[0] and the arguments; none: argv is the path alone. */
void argv_set(
    struct draft_service *, const char *path, const struct words *args, size_t first);

/* "@echo" for "echo" and so on, NULL for what is not built in. */
const char *argv_builtin(const char *internal);
