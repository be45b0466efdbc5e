/*
 * relay -- between the client's socket and a program on a terminal line
 *
 * Both ways through bounded buffers, each filled only when it has been emptied, so a
 * slow reader slows the writer down and nothing grows.  The client's end of input
 * becomes the line's; a client that is gone hangs the line up.  TERM, INT, HUP and QUIT
 * are passed on to the program's process group.  It is over when the program has ended
 * and its output is delivered; what is left of its process group is killed then.
 */
#pragma once

#include "line.h"

#include <stdint.h>

struct relay_buffer {
	unsigned char bytes[4096];
	size_t begin, end;
};

struct relay {
	struct line line;
	int program; /* its pid, and its process group */
	int signals; /* a signalfd for the signals above and CHLD */
	bool is_input_over, is_ended, is_given_up;
	int how, status; /* it ended: CLD_EXITED, ... and the code or signal */
	size_t drained_bytes;
	struct relay_buffer input, output; /* towards the program, towards the client */
};

/* Until the end, or a negative errno; `line`, `program` and `signals` are set, the rest
 * is zero.  Fills in `how` and `status`. */
long relay_run(struct relay *);
