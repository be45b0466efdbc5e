/*
 * words -- what the command says to people, in their language
 *
 * gettext(3) over catalogues in PRONG_LOCALEDIR, made from po/.  Only the command uses
 * it: libprong knows no locale, so prong_error() and the values of an event's fields are
 * English whatever this says.  So is everything before words_begin(), after words_end(),
 * in a locale that is not UTF-8, and whatever the catalogue does not know.
 *
 * The process itself stays in the C locale; what a catalogue says is looked up in a
 * locale of our own.  So numbers are written as ever, and strerror(3) inside of the
 * library answers as it always did.
 */
#pragma once

#include <stdint.h>

/* `_("...")` is said in the language in force; `N_("...")` is only found by xgettext, for
 * tables whose rows are said by _() when it comes to that. */
#define _(text) words_get(text)
#define N_(text) text

/* Takes the language from LANGUAGE, LC_ALL, LC_MESSAGES and LANG. */
void words_begin(void);

/* From here on English: what follows is for programs. */
void words_end(void);

const char *words_get(const char *english)
    __attribute__((format_arg(1), returns_nonnull));

/* The one of the two, or of as many as the language has, for that number. */
const char *words_count(const char *one, const char *many, int64_t number)
    __attribute__((format_arg(1), format_arg(2), returns_nonnull));

/* strerror(3) */
const char *words_error(int number) __attribute__((returns_nonnull));
