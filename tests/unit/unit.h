/*
 * unit -- what every unit test includes
 *
 * cmocka wants four headers before its own, and most tests compare what was written
 * into a struct text.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

/* A struct text of its own, and what it must hold after `put`. */
#define assert_put(put, expected)                                                        \
	do {                                                                             \
		char unit_place[2048] = "";                                              \
		struct text put_here = TEXT_ON(unit_place);                              \
                                                                                         \
		put;                                                                     \
		assert_string_equal(unit_place, expected);                               \
		assert_false(put_here.is_cut);                                           \
	} while (0)

/* Fails with the table's row in the message, so that a failure names its input. */
#define assert_row(condition, row)                                                       \
	do {                                                                             \
		if (!(condition))                                                        \
			fail_msg("'%s': not %s", row, #condition);                       \
	} while (0)
