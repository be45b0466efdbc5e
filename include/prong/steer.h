/*
 * prong/steer.h -- acting on what serves: sessions, pauses, the end
 *
 * What an operator does by `prong kill`, `pause`, `resume` and `drain`.
 */
#ifndef PRONG_PRONG_STEER_H
#define PRONG_PRONG_STEER_H

#include <stdint.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ends sessions: of an id, of an address or network ("192.0.2.7", "2001:db8::/32"), of a
 * user on Unix sockets ("uid:1000"), of a machine ("cid:3"), or of everybody ("all").
 * TERM, and KILL after grace_ms (0: KILL at once; -1: the session's own term-grace).
 * Returns how many, with clients that have no process yet; -EINVAL: not an id, an address
 * or a network. */
PRONG_API int prong_end(struct prong *, const char *what, int64_t grace_ms);

/* Stops accepting (new clients wait in the kernel's queue) until prong_resume(), over
 * reload and upgrade; `name` NULL: every service.  May come before the start.  -ENOENT.
 */
PRONG_API int prong_pause(struct prong *, const char *name);
PRONG_API int prong_resume(struct prong *, const char *name);

/* prong_drain() with a deadline of its own: 0: end sessions now; -1: drain-timeout.
 * -EINVAL: not started. */
PRONG_API int prong_drain_within(struct prong *, int64_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
