/*
 * subject -- what a stage works on, for messages
 */
#pragma once

#include "service.h"

/* The user, a path, the program; `detail` as the report has it.  NULL: nothing that has a
 * name. */
const char *subject_of_stage(const struct prong_service *, int stage, int detail);
