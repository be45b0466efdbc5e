/*
 * networkword -- networks from what others write
 *
 * Ours are strict; what stands behind a prefix there is nothing to them, and is taken
 * off.  Names are not looked up: whoever had that name today would be let in for ever.
 */
#pragma once

#include "draft.h"

/* xinetd's forms: "128.138.0.0" (zeros at the end are any), "128.138.{1,2}",
 * "10.0.0.0/8", "2001:db8::/32"; "localhost" is known without asking.  Adds one or more;
 * false: none of them. */
bool networkword_xinetd(struct words *, struct store *, const char *word);

/* systemd's: an address, "any", "localhost", "link-local", "multicast".  The same. */
bool networkword_systemd(struct words *, struct store *, const char *word);

/* Is every client of `inner` one of `outer`?  Both are ours. */
bool networkword_covers(const char *outer, const char *inner);
