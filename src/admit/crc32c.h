/* crc32c -- the checksum of a PROXY header (RFC 4960, appendix B: Castagnoli).  Pure. */
#pragma once

#include "base.h"

/* Of bytes that come in pieces: begins with 0, goes on with what the last call gave. */
uint32_t crc32c(uint32_t sum, const void *bytes, size_t count);
