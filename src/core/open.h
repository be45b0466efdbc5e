/*
 * open -- from the LISTEN words of a service to its listeners
 *
 * New sockets, or those that serve already under an earlier set of services: these are
 * taken over, so that they are never closed for an instant.
 */
#pragma once

#include "service.h"

struct open_pool;

/* Everything that `set` listens on, to be taken over; NULL: no memory. */
struct open_pool *open_pool_new(const struct prong_service *set);
void open_pool_free(struct open_pool *);

/* Opens every LISTEN word of the service; what is in the pool is not opened anew.  All
 * mistakes are told, a line each; 0 or -errno, and then service_close() is due. */
int open_service(struct prong_service *, struct open_pool *, struct text *message);

/* The rest of it, once every service of the set is open: from then on clients come. */
int open_listen(struct prong_service *, struct open_pool *, struct text *message);

/* Does a service of `set` listen there as well? */
struct listener;
bool open_is_kept(const struct prong_service *set, const struct listener *);

/* The set `from` serves no longer, `to` does: paths go over to the new listeners, which
 * get the settings of their new service.  What cannot be changed is told as a warning. */
void open_hand_over(struct prong_service *from, struct prong_service *to);
