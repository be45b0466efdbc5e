/*
 * introduction -- what a proxy said of its client
 *
 * One per slot, beside the conns, and only where a service has `proxy-from`: untouched
 * memory otherwise.  Lives as long as the connection.
 */
#pragma once

#include "addr.h"
#include "proxy.h"
#include "slots.h"

struct introduction {
	struct addr proxy; /* the proxy itself, as the kernel names it */
	/* After PROXY_DONE; its texts point into `bytes`. */
	struct proxy_header header;
	size_t used;
	char bytes[PROXY_HEADER_MOST];
};

struct introductions {
	struct introduction *pools[SLOTS_SEGMENTS];
	uint32_t count;
};

/* For one more segment of slots.  -ENOMEM. */
int introductions_grow(struct introductions *, uint32_t capacity);
void introductions_done(struct introductions *);

/* For a client of this proxy: nothing has been said yet. */
void introduction_init(struct introduction *, const struct addr *proxy);

/* Does it say who the client is?  If not the connection speaks for itself. */
bool introduction_names(const struct introduction *);
