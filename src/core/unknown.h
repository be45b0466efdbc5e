/*
 * unknown -- somebody named a service that there is not
 */
#pragma once

struct prong;

/* Says so in prong_error(), with those there are; returns -ENOENT. */
int unknown_service(struct prong *, const char *name);
