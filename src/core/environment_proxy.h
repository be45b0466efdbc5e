/*
 * environment_proxy -- what a program is told of what a proxy said
 *
 * The proxy itself, and what its header has beside the addresses: under names of ours, of
 * s6 (UCSPI) and of mod_ssl (CGI).  The real client is told of under the usual names.
 */
#pragma once

#include "introduction.h"
#include "writer.h"

/* Only what is known, plain and not too long; `styles` as in `env-style`. */
void environment_proxy_put(struct writer *, const struct introduction *, unsigned styles);

/* One of which everything is known and as long as it may be. */
void environment_proxy_example(struct introduction *);
