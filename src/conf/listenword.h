/*
 * listenword -- is this word an address to listen on?
 *
 * Judges the spelling only, so that every mistake can be told at once and before
 * anything is opened; what an address means, and whether it can be had, is the
 * engine's business.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What would be right, to follow "'%s' is not an address: "; NULL: the word is one.  In
 * English; a catalogue knows it. */
const char *listenword_mistake(const char *word);

/* Nothing in it speaks of an address: no colon, no digit first.  Probably a program. */
bool listenword_is_other(const char *word);
