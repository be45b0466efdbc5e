/*
 * loader -- the file that the kernel starts in the place of another
 *
 * Of a script what stands behind "#!", of an ELF program its dynamic loader (PT_INTERP).
 * Both are executed, so whoever may execute the one must be allowed the other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Of an open file: its absolute path, into `size` bytes.  False if there is none, or the
 * file is not what it seems to be. */
bool loader_find(int fd, char *ret_path, size_t size);
