/*
 * addr -- socket addresses: read, print, compare, cut to a prefix
 *
 * Covers TCP over IPv4 and IPv6, Unix (path, abstract, unnamed) and vsock.  Never
 * resolves a name: that is done once, at start, elsewhere.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <linux/vm_sockets.h>

#include "text.h"

/* `len` is what the kernel returned or expects; an unnamed Unix peer has len 2. */
struct addr {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		struct sockaddr_vm vm;
	};
};

/* The longest text addr_put() writes, with its NUL: a quoted Unix path. */
#define ADDR_TEXT_MAX 512

/* "127.0.0.1" or "::1", "fe80::1%2" or "fe80::1%eth0"; strict: no octal, no short
 * forms, no port.  0 or -EINVAL. */
int addr_parse_ip(const char *word, uint16_t port, struct addr *ret_addr);

/* What a peer or a bound socket is called: "127.0.0.1:80" "[::1]:80" "unix:/run/x"
 * "unix:@name" "unix" (unnamed) "vsock:3:1024". */
void addr_put(struct text *, const struct addr *);

/* The host alone: "127.0.0.1" "::1" (no brackets; scope as %N) "/run/x" "@name" "3". */
void addr_put_host(struct text *, const struct addr *);

/* TCP and vsock port in host order; 0 for others. */
uint32_t addr_port(const struct addr *);
void addr_set_port(struct addr *, uint16_t port);

bool addr_is_ip(const struct addr *);
bool addr_equal(const struct addr *, const struct addr *);

/* A v4-mapped (::ffff:0:0/96) or NAT64 (64:ff9b::/96, RFC 6052) IPv6 address becomes
 * the IPv4 address it stands for; any other address is left alone. */
void addr_unwrap(struct addr *);

/* Only a v4-mapped one: an IPv4 client of a socket for both families is what it is. */
void addr_unmap(struct addr *);

/*
 * Whom to count a client under: an address cut to a prefix, a user id, or a vsock CID.
 * Total order by addr_key_compare(); every byte is defined, so memcmp would do as well.
 */
struct addr_key {
	uint8_t family; /* AF_INET, AF_INET6, AF_UNIX, AF_VSOCK */
	uint8_t prefix; /* bits that count, 0 for AF_UNIX and AF_VSOCK */
	uint8_t bytes[16];
};

/* The key of an IP address (unwrapped first) under the given prefix lengths. */
struct addr_key addr_key_of(const struct addr *, unsigned prefix4, unsigned prefix6);

/* The key of a Unix peer's user id or a vsock CID. */
struct addr_key addr_key_of_id(uint8_t family, uint32_t id);

/* Shortens the key of an IP address: it becomes its network of that prefix. */
void addr_key_cut(struct addr_key *, unsigned prefix);

int addr_key_compare(const struct addr_key *, const struct addr_key *);

/* "192.0.2.7", "192.0.2.0/24", "2001:db8::/64", "uid 1000", "cid 3". */
void addr_key_put(struct text *, const struct addr_key *);
