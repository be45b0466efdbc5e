/*
 * said -- questions to a service that is explained
 */
#pragma once

#include "explain.h"

/* NULL: nothing is known of it. */
const struct explain_measure *said_measure(
    const struct explain_service *, const char *name);

/* Is it in force? */
bool said_holds(const struct explain_service *, const char *measure);

/* Is it missing, and that left of it? */
bool said_is_left(const struct explain_service *, const char *measure, const char *what);

/* Does a program run as root? */
bool said_is_root(const struct explain_service *);

bool said_is(const struct explain_service *, const char *setting, const char *value);

/* Is it more than "none", "auto", "off" or nothing? */
bool said_is_set(const struct explain_service *, const char *setting);

/* Is it one of the words of a list? */
bool said_has_word(const struct explain_service *, const char *setting, const char *word);

bool said_is_strict(const struct explain_service *);
