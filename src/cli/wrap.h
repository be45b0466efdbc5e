/*
 * wrap -- where a line of help may be broken
 *
 * Between words, and in Chinese between any two characters, but not so that a line begins
 * with what closes a phrase or ends with what opens one.
 */
#pragma once

#include <stddef.h>

/* Bytes, and columns of a terminal, up to the next place where `text` may be broken;
 * `text` does not begin with a blank. */
size_t wrap_piece(const char *text, size_t *ret_columns);
