/*
 * schema_put -- pieces of a JSON schema
 */
#pragma once

#include <stdio.h>

#include "settings.h"

/* A JSON string with its quotation marks. */
void schema_put_string(FILE *, const char *string);

/* "NAME": "VALUE" */
void schema_put_member(FILE *, const char *name, const char *value);

/* A string of that form. */
void schema_put_pattern(FILE *, const char *pattern);

/* schema_list.c: what a list setting accepts, one or more schemas with commas between. */
void schema_list_put(FILE *, const struct setting *);
