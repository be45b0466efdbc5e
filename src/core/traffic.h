/*
 * traffic -- what a connection carried, asked of the kernel
 *
 * TCP_INFO counts both directions without a relay (Linux 4.19).  Other families keep no
 * such count.
 */
#pragma once

#include <stdbool.h>

#include "base.h"

struct traffic {
	bool is_known;
	uint64_t in;     /* bytes that arrived from the client */
	uint64_t out;    /* bytes the program wrote */
	uint64_t acked;  /* of these, bytes the client's host has */
	bool client_fin; /* the client has sent its last byte */
	bool is_over;    /* both sides are done, in order or by a reset */
	uint32_t unsent; /* bytes or segments of the answer that the client has not
			    confirmed */
	msec quiet;      /* since bytes were received or acknowledged */
};

/* !is_known where the socket is not TCP.  `saw_fin`: the client's last byte was seen
 * before, which a connection that is over no longer tells. */
struct traffic traffic_read(int fd, bool saw_fin);

/* Bytes that arrived and were not read by anyone; 0 if that cannot be known. */
int traffic_unread(int fd);

/* Bytes sent and not yet taken by the client (Unix: not yet read). */
int traffic_unsent(int fd);
