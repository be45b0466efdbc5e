/*
 * prong/reload.h -- another set of services in the place of the old one
 *
 * While a server serves, a new set of services can be made beside the old one and put in
 * its place, all or nothing.  A listener that both sets have is not closed for an
 * instant; sessions go on with the settings they were born with; a service of the same
 * name keeps its counts, and its live sessions count against the new limits.  After a
 * commit pointers to services of the old set are not valid any more.
 */
#ifndef PRONG_PRONG_RELOAD_H
#define PRONG_PRONG_RELOAD_H

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From here on prong_service_add() and what follows it make the new set.  -EINVAL: not
 * started or draining; -EBUSY: begun already. */
PRONG_API int prong_reload_begin(struct prong *);

/* Checks and opens everything the new set asks for, then puts it in place of the old
 * one.  May block, as prong_start().  On failure the old set serves on, untouched, and
 * the new one is gone. */
PRONG_API int prong_reload_commit(struct prong *);

/* Forgets the new set. */
PRONG_API void prong_reload_abort(struct prong *);

#ifdef __cplusplus
}
#endif

#endif
