/*
 * excerpt -- a line of a file with a word of it underlined
 *
 * The C library's wcwidth() depends on the locale, so the widths are our own: 2 for East
 * Asian wide characters and emoji, 0 for combining marks, 1 for the rest.
 */
#pragma once

#include "diag.h"

#define EXCERPT_WIDTH 76

/* Two lines, indented by 4; nothing if the mark has no line, or a blank one. */
void excerpt_put(FILE *, const struct mark *);
