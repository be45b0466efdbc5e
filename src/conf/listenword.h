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

/* 0, or -EINVAL with one line about what is wrong and what would be right. */
int listenword_check(const char *word, char *message, size_t size);

/* Nothing in it speaks of an address: no colon, no digit first.  Probably a program. */
bool listenword_is_other(const char *word);
