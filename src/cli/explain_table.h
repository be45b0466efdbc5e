/*
 * explain_table -- what a program could do if it were taken over
 *
 * For people who judge whether that is little enough: by topic, what it can do now, by
 * which measure, and what is missing and why.
 */
#pragma once

#include "explain.h"

void explain_table_print(FILE *, const struct explain_service *);
