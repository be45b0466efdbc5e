/*
 * account -- the session's last line: how it ended, after how long, at what cost
 */
#pragma once

#include "conn.h"

void account_tell(const struct conn *);
