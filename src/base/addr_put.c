/*
 * addr_put -- socket addresses as text
 *
 * IPv6 as RFC 5952 wants it and inet_ntop(3) writes it, but without printf: an
 * address is printed several times for every connection.
 */
#include "addr_name.h"

#include <arpa/inet.h>

static void
put_in4(struct text *text, const uint8_t bytes[4])
{
	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			text_put_char(text, '.');
		text_put_number(text, bytes[i]);
	}
}

static void
put_group(struct text *text, unsigned group)
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned shift = 12; shift > 0; shift -= 4)
		if (group >> shift != 0)
			text_put_char(text, hex[group >> shift & 15]);
	text_put_char(text, hex[group & 15]);
}

struct run {
	size_t start, length;
};

/* The first of the longest runs of at least two zero groups. */
static struct run
longest_zero_run(const unsigned groups[8])
{
	struct run best = { 8, 1 };

	for (size_t start = 0; start < 8; start++) {
		size_t length = 0;

		while (start + length < 8 && groups[start + length] == 0)
			length++;
		if (length > best.length)
			best = (struct run){ start, length };
	}
	return best;
}

/* ::a.b.c.d and ::ffff:a.b.c.d */
static bool
ends_in_ipv4(const unsigned groups[8], struct run zeros)
{
	return zeros.start == 0 &&
	       (zeros.length == 6 || (zeros.length == 5 && groups[5] == 0xffff));
}

static void
put_in6(struct text *text, const uint8_t bytes[16])
{
	unsigned groups[8];

	for (size_t i = 0; i < 8; i++)
		groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];

	struct run zeros = longest_zero_run(groups);
	size_t count = ends_in_ipv4(groups, zeros) ? 6 : 8;

	for (size_t i = 0; i < count; i++) {
		if (i == zeros.start) {
			text_put(text, "::");
			i += zeros.length - 1;
			continue;
		}
		if (i > 0 && i != zeros.start + zeros.length)
			text_put_char(text, ':');
		put_group(text, groups[i]);
	}
	if (count == 8)
		return;
	if (zeros.length == 5)
		text_put_char(text, ':');
	put_in4(text, bytes + 12);
}

static void
put_unix_name(struct text *text, const struct addr *addr)
{
	struct addr_name name = addr_unix_name(addr);

	if (name.is_abstract)
		text_put_char(text, '@');
	text_put_quoted(text, name.bytes, name.length);
}

void
addr_put_host(struct text *text, const struct addr *addr)
{
	switch (addr->sa.sa_family) {
	case AF_INET:
		put_in4(text, (const uint8_t *)&addr->in.sin_addr);
		return;
	case AF_INET6:
		put_in6(text, addr->in6.sin6_addr.s6_addr);
		if (addr->in6.sin6_scope_id != 0) {
			text_put_char(text, '%');
			text_put_number(text, addr->in6.sin6_scope_id);
		}
		return;
	case AF_UNIX:
		put_unix_name(text, addr);
		return;
	case AF_VSOCK:
		if (addr->vm.svm_cid == VMADDR_CID_ANY)
			text_put(text, "any");
		else
			text_put_number(text, addr->vm.svm_cid);
		return;
	default:
		text_put(text, "unknown");
	}
}

static bool
is_unnamed(const struct addr *addr)
{
	struct addr_name name = addr_unix_name(addr);

	return name.length == 0 && !name.is_abstract;
}

void
addr_put(struct text *text, const struct addr *addr)
{
	bool is_in6 = addr->sa.sa_family == AF_INET6;

	if (addr->sa.sa_family == AF_UNIX)
		text_put(text, is_unnamed(addr) ? "unix" : "unix:");
	else if (addr->sa.sa_family == AF_VSOCK)
		text_put(text, "vsock:");
	if (is_in6)
		text_put_char(text, '[');
	addr_put_host(text, addr);
	if (is_in6)
		text_put_char(text, ']');
	if (addr_is_ip(addr) || addr->sa.sa_family == AF_VSOCK) {
		text_put_char(text, ':');
		text_put_number(text, addr_port(addr));
	}
}

static uint32_t
key_id(const struct addr_key *key)
{
	return (uint32_t)key->bytes[0] << 24 | (uint32_t)key->bytes[1] << 16 |
	       (uint32_t)key->bytes[2] << 8 | key->bytes[3];
}

void
addr_key_put(struct text *text, const struct addr_key *key)
{
	if (key->family != AF_INET && key->family != AF_INET6) {
		text_put(text, key->family == AF_UNIX ? "uid " : "cid ");
		text_put_number(text, key_id(key));
		return;
	}
	if (key->family == AF_INET)
		put_in4(text, key->bytes);
	else
		put_in6(text, key->bytes);
	if (key->prefix < (key->family == AF_INET ? 32 : 128)) {
		text_put_char(text, '/');
		text_put_number(text, key->prefix);
	}
}
