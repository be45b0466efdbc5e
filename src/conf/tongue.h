/*
 * tongue -- in which language a message about a setting is made
 *
 * The library speaks English and knows no other.  Whoever has a catalogue brings a
 * function that looks words up in it: the messages here are made of whole phrases, each
 * looked up before it is filled in.
 */
#pragma once

#include <stddef.h>

typedef const char *tongue_fn(const char *english);

/* Only found by xgettext. */
#define TONGUE(text) text

static inline const char *tongue_say(tongue_fn *tongue, const char *english)
    __attribute__((format_arg(2)));

/* Without a function: as it is. */
static inline const char *
tongue_say(tongue_fn *tongue, const char *english)
{
	return tongue == NULL ? english : tongue(english);
}
