/*
 * copying -- what has to be known of a program before copies of it are made
 *
 * A C library tells the kernel and itself a few things about a thread that are wrong in a
 * copy unless they are told again: the thread's id, and its list of robust mutexes.
 */
#pragma once

#include "inject.h"
#include "parasite.h"

/* `scratch`: eight bytes in the program that nobody needs.  Why it cannot be done, or
 * NULL. */
const char *copying_prepare(
    struct inject *, unsigned long scratch, struct parasite_copying *ret_copying);

/* With the files in the program's memory: the first that it may not open anew (it has
 * given up the right since, or there is no /proc); -1: none. */
int copying_try_files(
    struct inject *, unsigned long shared, const struct parasite_shared *ours);
