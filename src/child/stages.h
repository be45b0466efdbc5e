/*
 * stages -- the steps of a child, one function each
 *
 * Every stage takes the plan and the birth, and returns 0 or -errno.
 */
#pragma once

#include "plan.h"

int stage_descriptors(const struct plan *, const struct birth *);
int stage_signals(const struct plan *, const struct birth *);
int stage_session(const struct plan *, const struct birth *);
int stage_limits(const struct plan *, const struct birth *);
int stage_priority(const struct plan *, const struct birth *);
int stage_user(const struct plan *, const struct birth *);
int stage_orphans(const struct plan *, const struct birth *);
int stage_directory(const struct plan *, const struct birth *);
int stage_program(const struct plan *, const struct birth *);
