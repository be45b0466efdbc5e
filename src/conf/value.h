/*
 * value -- the text of one setting to its field and back, kind by kind
 *
 * For settings.c, and for the schema made from the table.  value_read.c knows the words
 * that are accepted, value_put.c how a value in force and a wanted one are written.
 */
#pragma once

#include "settings.h"
#include "text.h"

/* 0, -EINVAL, -ERANGE or -ENOMEM; the field changes only on success. */
int value_read(const struct setting *, const char *word, struct settings *);

/* The word that stands for 0 in a COUNT or TIME ("off", "auto"); NULL: there is none. */
const char *value_zero_word(const struct setting *);

/* The kernel counts it in seconds. */
bool value_is_whole_seconds(const struct setting *);

/* What would be right, to follow "is not": "a number from 1 to 65535 or somaxconn". */
void value_put_wanted(struct text *, const struct setting *, tongue_fn *);
