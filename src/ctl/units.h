/*
 * units -- amounts for columns: short, and the same width whatever they are
 *
 * Pure.  Negative amounts are not known and written "-".
 */
#pragma once

#include "text.h"

/* "0" "812" "1.4K" "23M" "1.2G": powers of 1024, at most 4 characters. */
void units_put_bytes(struct text *, int64_t bytes);

/* "85ms" "12s" "3m20s" "2h05m" "4d06h": at most 6 characters up to 1000 days. */
void units_put_age(struct text *, int64_t msec);

/* CPU time: "0.01s" "12.3s" "3m20s". */
void units_put_cpu(struct text *, int64_t usec);

/* "0.3%" "12%" "150%". */
void units_put_permille(struct text *, int64_t permille);

/* "0" "0.3" "12" of thousandths. */
void units_put_rate(struct text *, int64_t milli);
