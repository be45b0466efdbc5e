/*
 * help -- what --help prints
 *
 * The options come from the table of settings, so no option can be missing here.
 */
#pragma once

#include <stdio.h>

void help_print(FILE *);
