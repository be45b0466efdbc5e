/*
 * systemd_isolation -- what a unit takes from its program, as settings of ours
 *
 * Capabilities, files, namespaces, control groups and system calls.  What is exactly the
 * same is set; what is more or less than ours is a loss, with what comes near.
 */
#pragma once

#include "systemd_parts.h"

void systemd_isolation_read(struct systemd_parts *);

/* systemd_syscalls.c: SystemCallFilter= and what is met. */
void systemd_syscalls_read(struct systemd_parts *);
