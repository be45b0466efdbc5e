/*
 * value -- the text of one setting to its field and back, kind by kind
 *
 * For settings.c, and for the schema made from the table.  value_read.c knows the words
 * that are accepted, value_put.c how a value in force is written, value_wanted.c how one
 * that would be right.
 */
#pragma once

#include "settings.h"
#include "text.h"

/* 0, -EINVAL, -ERANGE or -ENOMEM; the field changes only on success.  A reader that knows
 * better than value_put_wanted() what is wrong says so in `wrong`, in a phrase that
 * quotes what it speaks of: "'10.0.0.1/8' has bits beyond its prefix: 10.0.0.0/8 would be
 * right". */
int value_read(
    const struct setting *, const char *word, struct settings *, struct text *wrong);

/* Parts of it: value_read_rate.c, value_read_list.c. */
int value_read_rate(const struct setting *, const char *word, void *field);
int value_read_drop(const struct setting *, const char *word, void *field);
int value_read_stress(const struct setting *, const char *word, void *field);
int value_read_range(const struct setting *, const char *word, void *field);
int value_read_list(
    const struct setting *, const char *word, struct settings *, struct text *wrong);

/* The word that stands for 0 in a COUNT or TIME ("off", "auto"); NULL: there is none. */
const char *value_zero_word(const struct setting *);

/* The kernel counts it in seconds. */
bool value_is_whole_seconds(const struct setting *);

/* What would be right, to follow "is not": "a number from 1 to 65535 or somaxconn". */
void value_put_wanted(struct text *, const struct setting *, tongue_fn *);

/* What was said, as a message repeats it: the beginning of a long word will do. */
#define VALUE_QUOTED_MAX 80 /* bytes of it */
void value_put_word(struct text *, const char *word);

/* Parts of a value: an amount of its kind, and "022". */
void value_put_amount(struct text *, const struct setting *, uint64_t amount);
void value_put_mode(struct text *, unsigned mode);

/* Why a client may be refused, for refuse-text-for; NULL-terminated. */
extern const char *const value_reasons[];
