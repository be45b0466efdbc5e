/*
 * line -- a terminal line: its two ends, its modes, and what travels towards the program
 *
 * A raw line carries any bytes unchanged, without echo, signals or output processing,
 * and still has an end of input.  It is a canonical line all the same: the kernel gives
 * up a blocked read(2) with "end of file" only if the line was canonical when the read
 * began, so turning a truly raw line canonical at the end would leave the program
 * waiting (and may lose what it has not read yet).  Instead every chunk of input is
 * quoted with VLNEXT where it holds special characters and pushed with VEOF, which the
 * line discipline undoes.
 *
 * A program that takes the line out of canonical mode itself gets plain bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	LINE_CHUNK = 1024, /* well below the 4,096 bytes that a line may have */
	LINE_CODED = 2 * LINE_CHUNK + 1,
};

struct line {
	bool is_raw;
	int master, slave;
};

/* Fills in both ends, 24 rows of 80 columns; negative errno, and where it failed. */
long line_open(struct line *, const char **ret_what);
void line_close(struct line *);

/* Makes the line the terminal of the calling process, in a session of its own. */
long line_control(const struct line *);

/* Turns up to LINE_CHUNK bytes into what is to be written to the master; their number. */
size_t line_encode(const struct line *, const unsigned char *bytes, size_t count,
    unsigned char coded[static LINE_CODED]);

/* The same for the end of the input. */
size_t line_encode_end(const struct line *, unsigned char coded[static LINE_CODED]);
