/*
 * account -- what is told of a session: one line at its begin, one at its end
 *
 * Of those that end well only as many as `log-sample` says.
 */
#pragma once

#include "conn.h"

void account_begin(const struct conn *);

/* Another process took the place of one that was started ahead and ended too early. */
void account_replaced(const struct conn *);

void account_end(const struct conn *);
