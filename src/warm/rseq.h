/*
 * rseq -- a thread that was stopped within a restartable sequence (rseq(2))
 *
 * The kernel would send it to the sequence's abort handler if it went on there after
 * anything else ran on its processor; but it looks for that only while the thread is in
 * the sequence, and we take it elsewhere.  So we do it.
 */
#pragma once

#include "machine.h"

void rseq_abort(int tid, struct machine_registers *);
