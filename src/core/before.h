/*
 * before -- what a service is told before it serves
 *
 * prong_service_add() and everything that is said about a service then: where it listens,
 * what its clients get, its settings, the host's functions.
 */
#pragma once

#include "service.h"

/*
 * May the service still be told `what` ("set max")?  -EBUSY: it serves, which
 * prong_error() says.  -EINVAL: it is NULL, one that could not be added: whoever checks
 * only the last of several calls still finds in prong_error() why that was.
 */
int before_check(const struct prong_service *, const char *what);
