/*
 * systemd_value -- booleans, times, specifiers, quoted words
 */
#pragma once

#include "draft.h"

/* 1, 0, or -EINVAL. */
int systemd_value_bool(const char *value);

/* "1min 30s", "90": as we write it ("90s", "1500ms"), "off" for infinity and 0, NULL for
 * what is no time. */
const char *systemd_value_time(struct store *, const char *value);

/* "4G" and bytes; "" for infinity, NULL for what is no size. */
const char *systemd_value_size(struct store *, const char *value);

/* %p, %t and others that are the same for every client, %% too; NULL if there is one
 * that is not.  `name` is that of the unit, without its suffix. */
const char *systemd_value_expand(struct store *, const char *value, const char *name);

/* Splits as systemd 252 does, with escapes.  -EINVAL: a quotation mark that is
 * never closed, or an escape that is none. */
int systemd_value_split(struct words *, struct store *, const char *value);
