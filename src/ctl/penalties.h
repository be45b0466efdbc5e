/*
 * penalties -- prong penalties: who owes something, and who is forgiven
 */
#pragma once

#include "args.h"

int penalties_run(const struct args *);
