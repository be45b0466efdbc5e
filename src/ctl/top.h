/*
 * top -- a view of one server that follows what happens
 */
#pragma once

#include "args.h"

int top_run(const struct args *);
