/*
 * counted -- allocations of the program, one by one
 *
 * Ours by -Wl,--wrap (meson.build), and those that other libraries make for us as well,
 * where no sanitizer has put its own functions in their place.
 */
#pragma once

#include <stddef.h>

void counted_from_now(void);

/* How many there were since, and no more are counted. */
size_t counted_take(void);

/* Fails if there was one since, or if something was given back. */
void counted_assert_none(void);
