/*
 * schema -- the JSON schema of a configuration, for editors
 *
 * Made from settings.def like everything else about settings: types, ranges, words,
 * defaults and help.  It accepts what config_read() accepts, but for what a schema cannot
 * say (names that exist once, addresses), and what YAML 1.1 readers turn into booleans
 * and numbers (`no`, `022`).
 */
#pragma once

#include <stdio.h>

void schema_write(FILE *);
