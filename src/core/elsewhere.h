/*
 * elsewhere -- children in another pid namespace
 *
 * setns(2) with CLONE_NEWPID changes where the children of the calling thread are born,
 * and nothing else.  So whoever has CAP_SYS_ADMIN goes there, makes one, and returns,
 * which costs two system calls; who has that right in a user namespace only needs a
 * process in between (child/child.c).
 */
#pragma once

#include <stdbool.h>

#include "isolation_plan.h"

/* `plan` may be NULL. */
bool elsewhere_is_due(const struct plan_isolation *plan);

/* *self_fd: a pidfd of this process, opened when it is needed first.  0 or -errno; then
 * elsewhere_return(), or every child would be born there. */
int elsewhere_go(int *self_fd, int cell_fd);

/* 0, or -ENOMEM: it has to be tried again before another child is made. */
int elsewhere_return(int self_fd);

/* Root of a user namespace that did not get a pid namespace with it (unshare -r, a
 * container with the host's) may leave and not come back. */
bool elsewhere_can_return(void);
