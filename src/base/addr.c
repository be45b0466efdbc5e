/*
 * addr -- socket addresses: read, compare, unwrap, cut to a prefix
 *
 * Every struct addr made here is zero where nothing was said, so copies of it may be
 * hashed or compared byte by byte.  Printing is in addr_put.c.
 */
#include "addr_name.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

/* An interface's number or name as an IPv6 scope. */
static int
scope_parse(const char *word, uint32_t *ret_scope)
{
	uint64_t number;
	unsigned index;

	if (text_parse_number(word, 1, UINT32_MAX, &number) == 0) {
		*ret_scope = (uint32_t)number;
		return 0;
	}
	index = if_nametoindex(word);
	if (index == 0)
		return -EINVAL;
	*ret_scope = index;
	return 0;
}

/* Elsewhere the kernel ignores a scope, so one that is written is a mistake. */
static bool
is_scoped(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_MC_LINKLOCAL(address) ||
	       IN6_IS_ADDR_MC_NODELOCAL(address);
}

static int
in6_parse(const char *word, struct sockaddr_in6 *ret_in6)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(word, "%");

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, word, length);
	address[length] = '\0';
	if (inet_pton(AF_INET6, address, &ret_in6->sin6_addr) != 1)
		return -EINVAL;
	if (word[length] == '\0')
		return 0;
	if (!is_scoped(&ret_in6->sin6_addr))
		return -EINVAL;
	return scope_parse(word + length + 1, &ret_in6->sin6_scope_id);
}

int
addr_parse_ip(const char *word, uint16_t port, struct addr *ret_addr)
{
	struct addr addr;

	memset(&addr, 0, sizeof(addr));
	if (inet_pton(AF_INET, word, &addr.in.sin_addr) == 1) {
		addr.in.sin_family = AF_INET;
		addr.len = sizeof(addr.in);
	} else if (in6_parse(word, &addr.in6) == 0) {
		addr.in6.sin6_family = AF_INET6;
		addr.len = sizeof(addr.in6);
	} else {
		return -EINVAL;
	}
	addr_set_port(&addr, port);
	*ret_addr = addr;
	return 0;
}

uint32_t
addr_port(const struct addr *addr)
{
	switch (addr->sa.sa_family) {
	case AF_INET:
		return ntohs(addr->in.sin_port);
	case AF_INET6:
		return ntohs(addr->in6.sin6_port);
	case AF_VSOCK:
		return addr->vm.svm_port;
	default:
		return 0;
	}
}

void
addr_set_port(struct addr *addr, uint16_t port)
{
	if (addr->sa.sa_family == AF_INET)
		addr->in.sin_port = htons(port);
	else if (addr->sa.sa_family == AF_INET6)
		addr->in6.sin6_port = htons(port);
	else if (addr->sa.sa_family == AF_VSOCK)
		addr->vm.svm_port = port;
}

bool
addr_is_ip(const struct addr *addr)
{
	return addr->sa.sa_family == AF_INET || addr->sa.sa_family == AF_INET6;
}

struct addr_name
addr_unix_name(const struct addr *addr)
{
	const char *path = addr->un.sun_path;
	size_t before = offsetof(struct sockaddr_un, sun_path);
	size_t length = addr->len > before ? addr->len - before : 0;

	if (length > sizeof(addr->un.sun_path))
		length = sizeof(addr->un.sun_path);
	if (length > 0 && path[0] == '\0')
		return (struct addr_name){ path + 1, length - 1, true };
	/* A path that fills all 108 bytes has no NUL at its end. */
	return (struct addr_name){ path, strnlen(path, length), false };
}

static bool
in6_equal(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	return a->sin6_port == b->sin6_port && a->sin6_scope_id == b->sin6_scope_id &&
	       memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr)) == 0;
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	switch (a->sa.sa_family) {
	case AF_INET:
		return a->in.sin_port == b->in.sin_port &&
		       a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	case AF_INET6:
		return in6_equal(&a->in6, &b->in6);
	case AF_VSOCK:
		return a->vm.svm_cid == b->vm.svm_cid && a->vm.svm_port == b->vm.svm_port;
	case AF_UNIX: {
		struct addr_name one = addr_unix_name(a), other = addr_unix_name(b);

		return one.is_abstract == other.is_abstract &&
		       one.length == other.length &&
		       memcmp(one.bytes, other.bytes, one.length) == 0;
	}
	default:
		return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
	}
}

void
addr_unwrap(struct addr *addr)
{
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	const struct sockaddr_in6 *in6 = &addr->in6;
	struct addr plain;

	if (addr->sa.sa_family != AF_INET6)
		return;
	if (!IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
	    memcmp(&in6->sin6_addr, nat64, sizeof(nat64)) != 0)
		return;

	memset(&plain, 0, sizeof(plain));
	plain.len = sizeof(plain.in);
	plain.in.sin_family = AF_INET;
	plain.in.sin_port = in6->sin6_port;
	memcpy(&plain.in.sin_addr, in6->sin6_addr.s6_addr + 12, 4);
	*addr = plain;
}

void
addr_key_cut(struct addr_key *key, unsigned prefix)
{
	size_t whole = prefix / 8;

	key->prefix = (uint8_t)prefix;
	if (whole >= sizeof(key->bytes))
		return;
	key->bytes[whole] &= (uint8_t)(0xff00U >> prefix % 8);
	memset(key->bytes + whole + 1, 0, sizeof(key->bytes) - whole - 1);
}

struct addr_key
addr_key_of(const struct addr *addr, unsigned prefix4, unsigned prefix6)
{
	struct addr plain = *addr;
	struct addr_key key = { 0 };

	bug_if(!addr_is_ip(addr) || prefix4 > 32 || prefix6 > 128);
	addr_unwrap(&plain);
	key.family = (uint8_t)plain.sa.sa_family;
	if (plain.sa.sa_family == AF_INET)
		memcpy(key.bytes, &plain.in.sin_addr, 4);
	else
		memcpy(key.bytes, &plain.in6.sin6_addr, 16);
	addr_key_cut(&key, plain.sa.sa_family == AF_INET ? prefix4 : prefix6);
	return key;
}

struct addr_key
addr_key_of_id(uint8_t family, uint32_t id)
{
	struct addr_key key = { .family = family };
	uint32_t ordered = htonl(id);

	memcpy(key.bytes, &ordered, sizeof(ordered));
	return key;
}

int
addr_key_compare(const struct addr_key *a, const struct addr_key *b)
{
	return memcmp(a, b, sizeof(*a));
}

void
addr_unmap(struct addr *addr)
{
	if (addr->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&addr->in6.sin6_addr))
		addr_unwrap(addr);
}
