/*
 * diag -- what is wrong with a configuration, all of it at once
 *
 * Everyone who reads a part of a configuration reports here and goes on, so the operator
 * mends everything in one go.  A diagnostic is
 *
 *     FILE:LINE:COLUMN: MESSAGE
 *         the line of the file
 *                     ^~~~
 *         a hint
 *
 * Columns count characters, from 1.  Whatever comes from a file is made harmless; tabs
 * are shown as blanks, a long line as the part around the word.  The first DIAG_MAX
 * mistakes are shown, all are counted.  A format is said in the language in force
 * (words.h): it is a whole sentence, and what fills it in is said by its caller.
 */
#pragma once

#include <stdio.h>

#include "input.h"

#define DIAG_MAX 100

/* A word of a file.  `input` NULL: nowhere; `line` 0: the file as a whole. */
struct mark {
	const struct input *input;
	unsigned line, column;
	unsigned width; /* characters; past the end of the line: up to its end */
};

struct diags {
	FILE *out;
	unsigned mistakes, warnings;
	bool is_hidden; /* the last mistake was one too many to be shown */
};

void diag_mistake(struct diags *, const struct mark *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_warning(struct diags *, const struct mark *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* These belong to the last mistake or warning: another place, and a line of advice. */
void diag_note(struct diags *, const struct mark *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_hint(struct diags *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says how many mistakes were not shown, if any. */
void diag_end(struct diags *);

/* A word as a message repeats it: not longer than is useful. */
struct diag_word {
	char text[96];
};
const char *diag_word(struct diag_word *, const char *word);
