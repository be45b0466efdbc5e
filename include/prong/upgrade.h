/*
 * prong/upgrade.h -- another program in our place
 *
 * A server can be handed on over execve(2), with the same process id: listeners,
 * sessions, counts.  The old program calls prong_freeze() and execs; the new one calls
 * prong_thaw() in place of prong_start() and then makes its set of services like a
 * reload.
 */
#ifndef PRONG_PRONG_UPGRADE_H
#define PRONG_PRONG_UPGRADE_H

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PRONG_TRIAL 1 /* only to see whether it could be */
#define PRONG_SAME 2  /* the new set is made as well: it is the one that was frozen */

/* Writes what there is into `fd` (a memfd of the caller's), and has every descriptor that
 * it speaks of outlive an exec; with PRONG_TRIAL only those that listen.  If the exec
 * fails, or for a trial once it has begun, prong_unfreeze() takes that back.  -EBUSY: the
 * server is stopping or not started, or a new set is being made; -EINVAL: no such flag,
 * or `fd` is no file. */
PRONG_API int prong_freeze(struct prong *, int fd, unsigned flags);
PRONG_API void prong_unfreeze(struct prong *);

/*
 * Of a new server without services: becomes what was frozen, in the process that froze
 * it.  With PRONG_TRIAL, in any other process: no session is taken over, and only
 * prong_reload_begin(), a set, and prong_check() may follow; with PRONG_SAME the set is
 * there already, for prong_reload_commit().  -EPROTO: not a state this
 * version understands; -EINVAL: not of this process.  After a failure every descriptor is
 * still open, for the old program to be executed again: before prong_free(), which closes
 * them.
 */
PRONG_API int prong_thaw(struct prong *, int fd, unsigned flags);

/* Of the program that froze it; "" if nothing was thawed. */
PRONG_API const char *prong_thawed_from(const struct prong *);

#ifdef __cplusplus
}
#endif

#endif
