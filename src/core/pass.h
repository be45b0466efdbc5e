/*
 * pass -- messages to a process that waits, and its answers
 *
 * The supervisor's side of the pairs that warm.h describes.  Nothing here blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base.h"
#include "warm.h"

/* A pair whose ends are close-on-exec; ours does not block.  -EMFILE, -ENFILE. */
int pass_pair(int *ret_ours, int *ret_theirs);

/* Texts that go with an order, each with its NUL. */
struct pass_texts {
	const char *const *all;
	size_t count;
	size_t most; /* bytes, or -E2BIG */
};

/* Sends an order with up to two descriptors (-1: none).  0 means that it is on its way,
 * not that anybody has taken it; -EPIPE, -ECONNRESET: nobody is there; -EAGAIN: the
 * queue is full. */
int pass_order(
    int channel, const struct warm_order *, const struct pass_texts *, const int fds[2]);

/* One answer.  false: there is none now; or, with *ret_is_over, there will be none. */
bool pass_answer(int channel, struct warm_answer *ret_answer, bool *ret_is_over);

enum pass_outcome { PASS_TAKEN, PASS_FAILED, PASS_LOST };

/* Of a process that has ended after it was given a connection.  PASS_LOST: it never said
 * that it had taken it (a message that is gone proves nothing: a process that is killed
 * while it waits for one takes it from the queue on its way out); PASS_FAILED: it said
 * that it could not go on, *ret_error is an errno. */
enum pass_outcome pass_outcome(int channel, int *ret_error);
