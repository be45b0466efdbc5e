/*
 * proxy -- the PROXY protocol, versions 1 and 2, as a pure parser
 *
 * haproxy's proxy-protocol.txt (revision of 2020/03/05).  Bytes in, facts out; how they
 * came and from whom is the business of core/hello.  Nothing is guessed: what does not
 * begin as a header is not one, and what is a little wrong is refused as a whole.
 *
 * Where the specification leaves a choice:
 *   - The connection speaks for itself (is_local) with version 1's UNKNOWN, with LOCAL,
 *     and with what is no stream: a family or transport of UNSPEC, and DGRAM.
 *   - LOCAL has the family ignored.  Addresses that it says to be there are skipped if
 *     there is room for them; all the rest must be TLVs.
 *   - An AF_UNIX client is no is_local: `from` and `to` are Unix addresses, unnamed ones
 *     if they were all zero.  Who it is nobody knows: a path says nothing of a user.
 *   - Of a TLV that is taken here there may be one; one that is unknown is skipped.
 */
#pragma once

#include <stdbool.h>

#include "addr.h"

/* The longest header that is taken: version 1 has at most 107 bytes, version 2 what its
 * length says; more is refused before it is read. */
#define PROXY_HEADER_MOST 2048

enum proxy_result {
	PROXY_MORE, /* as far as it goes it is one */
	PROXY_DONE,
	PROXY_BAD,
};

/* Into the bytes that were parsed; at NULL: not there.  Any bytes whatever, NUL too. */
struct proxy_bytes {
	const char *at;
	size_t length;
};

struct proxy_header {
	size_t length; /* of the whole header: what follows is the client's */
	int version;
	bool is_local;        /* the connection speaks for itself: */
	struct addr from, to; /* then both have len 0 */
	struct proxy_bytes alpn, authority, unique_id, netns;
	/* PP2_TYPE_SSL */
	bool has_ssl;     /* the client came by TLS; else the rest is unset */
	bool has_cert;    /* it showed a certificate, in this connection or session */
	bool is_verified; /* and that was good */
	struct proxy_bytes ssl_version, ssl_cn, ssl_cipher, ssl_sig_alg, ssl_key_alg;
};

/*
 * `count` bytes from the begin of the connection; there may be more than the header.
 *
 * PROXY_MORE: *ret_wanted (at least 1) is how many more the shortest header has that
 * begins like this.  So whoever reads exactly that many, and asks again, never takes a
 * byte of the client.  Version 2 is complete after three such steps: 15, 1 and the rest.
 * Version 1 does not say where it ends: beyond the shortest line it wants two at a time,
 * CR and LF.
 *
 * PROXY_BAD: *ret_why is a phrase such as "its checksum is wrong".  It is said before all
 * is there where the bytes can no more become a header; version 1's fields and the
 * checksum wait for the end.
 */
enum proxy_result proxy_parse(const char *bytes, size_t count,
    struct proxy_header *ret_header, size_t *ret_wanted, const char **ret_why);
