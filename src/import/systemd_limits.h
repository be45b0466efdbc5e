/*
 * systemd_limits -- LimitNOFILE= and the others: SOFT[:HARD]
 */
#pragma once

#include "systemd_parts.h"

/* `name`: as prlimit(1) has it.  One number becomes the setting of that meaning, if there
 * is one; all else becomes `limit`. */
void systemd_limits_read(
    struct systemd_parts *, const char *name, const char *value, const char *theirs);
