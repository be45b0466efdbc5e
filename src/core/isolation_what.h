/*
 * isolation_what -- what a service takes from its programs, in words
 */
#pragma once

#include "service.h"

/* All that is wanted is in force: what exactly, where the part that made it has not said.
 */
void isolation_what(struct prong_service *);

/* Is there anything to tell of?  A user alone, which is no isolation, is nothing. */
bool isolation_is_told(const struct prong_service *);

/* "strict, required" "strict and settings" "settings": who asked. */
void isolation_put_asked(struct text *, const struct prong_service *);

/* "user nobody; capabilities none; ..." of what is in force. */
void isolation_put_in_force(struct text *, const struct prong_service *);

/* "pid, mount (why); ..." of what is missing, or in part; "" if nothing is. */
void isolation_put_missing(struct text *, const struct prong_service *);

/* A line for each reason why something is missing, `before` before it. */
void isolation_put_missing_lines(
    struct text *, const struct prong_service *, const char *before);
