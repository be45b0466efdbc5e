/*
 * scalar -- words as YAML scalars and comments
 *
 * A word stands plain where every reader takes it for the same text; what another reader
 * could take for a number, a truth or a mark of YAML is quoted.  Bytes that are not UTF-8
 * cannot stand in YAML: scalar_may_be() tells before, and what is printed all the same
 * has \xHH in its place, as in comments.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Well-formed UTF-8. */
bool scalar_may_be(const char *word);

/* A value whose key says what it is: numbers and yes or no stand plain. */
void scalar_put_value(FILE *, const char *word);

/* A key, or one of a list of texts. */
void scalar_put_word(FILE *, const char *word);

/* What stands after the #, on one line. */
void scalar_put_comment(FILE *, const char *text);
