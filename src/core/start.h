/*
 * start -- the process of one connection
 *
 * Brings together what a child needs: its descriptors, its environment, the plan.
 */
#pragma once

#include "conn.h"

/* 0, with pid, pidfd, error_fd and, if a stage failed already, the report filled; or
 * -EAGAIN, -ENOMEM, -EMFILE, -ENFILE: there is no process. */
int start_process(struct conn *, const struct listener *);
