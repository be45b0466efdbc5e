/*
 * logcarry -- lines that could not be written yet, over an exec
 *
 * The reader of the log may be slow, or in the middle of a line: the program that takes
 * our place goes on where we were.
 */
#pragma once

#include "logsink.h"

/* A memfd with what is left, which outlives an exec; -1: nothing is, or it cannot be. */
int logcarry_write(const struct logsink *);

/* What another program has left goes before everything else; the descriptor stays the
 * caller's, at its place, for it may be read again. */
void logcarry_read(struct logsink *, int fd);
