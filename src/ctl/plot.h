/*
 * plot -- numbers over time as an area of characters
 *
 * Pure.  Braille has two samples and four steps to a character, ASCII one sample and
 * two steps.  The newest sample is at the right;
 * what is negative is not known, and nothing is drawn.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define PLOT_SAMPLES 512

/* The latest PLOT_SAMPLES numbers; all zero at first. */
struct plot {
	int64_t samples[PLOT_SAMPLES];
	size_t count, newest;
};

void plot_add(struct plot *, int64_t sample);

/* The largest of those that `width` characters show. */
int64_t plot_peak(const struct plot *, size_t width, bool is_braille);

/* What is drawn into a field of that size, scaled so that `peak` fills it. */
struct plot_field {
	size_t width, height;
	int64_t peak;
	bool is_braille;
};

/* One line of it; 0 is the uppermost. */
void plot_put_line(
    struct text *, const struct plot *, const struct plot_field *, size_t line);
