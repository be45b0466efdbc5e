/*
 * prong/measures.h -- what is taken from the programs of a service, or could be
 *
 * A measure is one thing that can be taken away: a user, capabilities, files, system
 * calls.  Settings ask for it by name, or `isolation` for many at once; what of it the
 * machine gives is found out by prong_start(), prong_check() or prong_try().  For `size`
 * see prong/look.h.
 */
#ifndef PRONG_PRONG_MEASURES_H
#define PRONG_PRONG_MEASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

struct prong_measure {
	const char *name;     /* "files" */
	const char *settings; /* that ask for it: "read, write, execute" */
	const char *asked;    /* by whom: "preset", "setting"; "": nobody */
	const char *state;    /* "off", "wanted" (not tried), "in-force", "missing" */
	const char *what; /* what exactly, if there is more to say than its name, or what
			   * is left of one that is missing; or "" */
	const char *why;  /* missing, or in force in part only: why; or "" */
};

/* The one at *cursor (0: the first), and moves it on.  False: no more. */
PRONG_API bool prong_measure_next(
    const struct prong_service *, uint32_t *cursor, struct prong_measure *, size_t size);

/* What prong_check() tries of processes, and nothing of listeners: afterwards each
 * measure is in force or missing. */
PRONG_API int prong_try(struct prong *);

#ifdef __cplusplus
}
#endif

#endif
