/*
 * explain_preset -- what stands in the place of a setting that nobody has set
 */
#pragma once

#include "explain.h"
#include "text.h"

/* Puts the value that `isolation` has put there, and that is in force; false: it has
 * not. */
bool explain_preset_put(
    struct text *, const struct explain_service *, const char *setting);
