/*
 * help -- what --help and --version print
 *
 * The options come from the table of settings, so no option can be missing here.
 */
#pragma once

#include <stdio.h>

void help_print(FILE *);
void help_print_version(FILE *);
