/*
 * descriptors -- what a program has open when it is held
 *
 * The aliases of the placeholder; the regular files, which a copy opens anew so that it
 * has offsets of its own; and whatever a copy cannot have, because two processes would
 * then share what only one may use.
 */
#pragma once

#include "parasite.h"

/* `placeholder` is what its descriptors lead to ("socket:[4711]"); NULL: whatever the
 * lowest of 0 and 1 is that leads to a socket.  Fills aliases and their count; -E2BIG:
 * more than there is room for, -ENOENT: none. */
long descriptors_aliases(int pid, const char *placeholder, struct parasite_shared *);

/* Fills the files; `refusal` becomes "" or, in words, why there can be no copy.
 * A negative errno: it could not be found out. */
long descriptors_files(int pid, struct parasite_shared *, char *refusal, size_t size);
