/*
 * show -- ps, status and stats: what servers say, once
 */
#pragma once

#include "args.h"

int show_ps(const struct args *);
int show_status(const struct args *);
int show_stats(const struct args *);
