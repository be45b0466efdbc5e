/*
 * question -- questions about the connection that need no connection
 *
 * What a socket is, and the address it is bound to, is the same for every connection of
 * a listener.  Programs ask for it long before they read (node, Python's socket module),
 * so the tracer answers in the kernel's place, and the program goes on starting.
 */
#pragma once

#include <stdbool.h>

#include "touch.h"
#include "warm.h"

/* The call is about the placeholder.  True: it is answered, as far as the program's
 * memory is concerned, and *ret_result is what it returns. */
bool question_answer(
    const struct hold_order *, int tid, const struct touch_call *, long *ret_result);
