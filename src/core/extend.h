/*
 * extend -- structs of a caller that may be of another version than the library
 *
 * As clone3(2) and openat2(2) have it: the caller says how large its struct is.  Who
 * knows fewer members than we do gets those; who knows more finds the rest zero.
 */
#pragma once

#include <stddef.h>

/* Copies `ours`, of our_size bytes, into the `size` bytes at `theirs`. */
void extend(void *theirs, size_t size, const void *ours, size_t our_size);
