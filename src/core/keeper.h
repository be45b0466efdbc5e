/*
 * keeper -- the namespaces that all sessions of a service share
 *
 * A process of a moment makes them, and we keep a descriptor of each: a user namespace in
 * which everybody has the number that he has outside, so that files, records and limits
 * are whose they were; and a network namespace with nothing in it.  Its loopback device
 * stays down: a socket that listens there could be reached by other sessions.
 */
#pragma once

#include <stdbool.h>

struct keeper_order {
	bool has_user;
	bool has_network; /* owned by the user namespace, if there is one */
};

/*
 * The caller owns what is opened, close-on-exec; *ret_... of what is not ordered is not
 * touched.  -EPERM: not allowed; -ENOSPC, -EUSERS: there are as many as there may be
 * (user.max_user_namespaces, user.max_net_namespaces) or they are nested too deep;
 * -EINVAL: the kernel has none; -ENOENT: no /proc; -ETIMEDOUT; or those of pipe(2) and
 * fork(2).
 */
int keeper_make(const struct keeper_order *, int *ret_user_fd, int *ret_network_fd);

/* Is our root, after chroot(2), another than that of our mount namespace?  Whoever enters
 * one that was copied of it would be outside.  False where we lack the rights to look: a
 * mount namespace needs one of users then, which the kernel gives to nobody in there. */
bool keeper_is_jailed(void);
