/*
 * stream -- one connection, as many bytes as it carries
 *
 * Sends for a while and takes back what returns, both at once; then sends its FIN and
 * waits for the rest.  Completed when exactly what was sent came back.  The bytes are
 * counted, not looked at: the client must cost less than what it measures.
 */
#pragma once

#include "dial.h"
#include "tally.h"

void stream_run(struct dial *, uint64_t seconds_ns, struct tally *);
