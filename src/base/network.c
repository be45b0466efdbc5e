/*
 * network -- whole networks as people write them
 *
 * What other programs would guess at (octal numbers, short forms, a netmask, an address
 * with a prefix) is refused with what was probably meant: a rule that lets somebody in
 * must not mean something else than its writer thinks.
 */
#include "network.h"

#include <arpa/inet.h>
#include <string.h>

#define V4_BITS 32
#define V6_BITS 128
#define WRAPPED_BITS 96 /* before the IPv4 address, in v4-mapped and NAT64 ones */

static unsigned
most_bits(const struct addr *addr)
{
	return addr->sa.sa_family == AF_INET ? V4_BITS : V6_BITS;
}

/* "uid:1000" "cid:3"; all ones is nobody's id. */
static int
parse_id(const char *word, struct addr_key *ret, struct text *wrong)
{
	uint8_t family = word[0] == 'u' ? AF_UNIX : AF_VSOCK;
	uint64_t id;

	if (text_parse_number(word + strlen("uid:"), 0, UINT32_MAX - 1, &id) < 0) {
		text_put(wrong, family == AF_UNIX ? "is not the number of a user"
						  : "is not the number of a machine");
		text_printf(wrong, ": it is one from 0 to %u", UINT32_MAX - 1);
		return -EINVAL;
	}
	*ret = addr_key_of_id(family, (uint32_t)id);
	return 0;
}

static bool
has_leading_zero(const char *host)
{
	for (const char *at = host; *at != '\0'; at++)
		if (at[0] == '0' && at[1] >= '0' && at[1] <= '9' &&
		    (at == host || at[-1] == '.'))
			return true;
	return false;
}

static unsigned
dots_in(const char *host)
{
	unsigned dots = 0;

	for (; *host != '\0'; host++)
		dots += *host == '.';
	return dots;
}

static int
refuse_host(const char *host, struct text *wrong)
{
	bool is_dotted = *host != '\0' && host[strspn(host, "0123456789.")] == '\0';

	text_put(wrong, "is not an address or a network");
	if (is_dotted && has_leading_zero(host))
		text_put(wrong, ": a number has a leading zero");
	else if (is_dotted && dots_in(host) < 3)
		text_put(wrong, ": all four numbers are needed");
	else if (*host == '[')
		text_put(wrong, ": leave the brackets out");
	return -EINVAL;
}

/* The address before the slash. */
static int
parse_host(const char *word, size_t length, struct addr *ret_addr, struct text *wrong)
{
	char host[INET6_ADDRSTRLEN];

	if (length >= sizeof(host))
		return refuse_host("", wrong);
	memcpy(host, word, length);
	host[length] = '\0';
	if (strchr(host, '%') != NULL) {
		text_put(wrong, "names an interface, which a network cannot");
		return -EINVAL;
	}
	return addr_parse_ip(host, 0, ret_addr) < 0 ? refuse_host(host, wrong) : 0;
}

/* How many bits "255.255.0.0" leaves to the network; -1: it is no netmask. */
static int
netmask_bits(const char *word)
{
	struct in_addr mask;
	uint32_t hosts;

	if (inet_pton(AF_INET, word, &mask) != 1)
		return -1;
	hosts = ~ntohl(mask.s_addr);
	if ((hosts & (hosts + 1)) != 0)
		return -1;
	return hosts == 0 ? V4_BITS : __builtin_clz(hosts);
}

static int
parse_prefix(
    const char *word, const struct addr *addr, unsigned *ret_prefix, struct text *wrong)
{
	unsigned most = most_bits(addr);
	uint64_t prefix;
	int bits;

	if (text_parse_number(word, 0, most, &prefix) == 0) {
		*ret_prefix = (unsigned)prefix;
		return 0;
	}
	bits = most == V4_BITS ? netmask_bits(word) : -1;
	if (bits >= 0)
		text_printf(wrong, "has a netmask: /%d would be right", bits);
	else
		text_printf(
		    wrong, "has a prefix that is not a number from 0 to %u", most);
	return -EINVAL;
}

/* The network with all bits that were written, even those beyond its prefix.  A prefix
 * shorter than what wraps an IPv4 address holds more than IPv4. */
static struct addr_key
whole_key(const struct addr *addr, unsigned *prefix)
{
	struct addr plain = *addr;

	if (*prefix >= WRAPPED_BITS)
		addr_unwrap(&plain);
	if (plain.sa.sa_family != addr->sa.sa_family)
		*prefix -= WRAPPED_BITS;
	if (plain.sa.sa_family == AF_INET)
		return addr_key_of(&plain, V4_BITS, V6_BITS);

	struct addr_key key = { .family = AF_INET6, .prefix = V6_BITS };

	memcpy(key.bytes, &plain.in6.sin6_addr, sizeof(key.bytes));
	return key;
}

/* The network that was meant: IPv4 by those who write "::10.0.0.0/24". */
static void
put_right(
    struct text *wrong, const char *word, const struct addr_key *whole, unsigned prefix)
{
	struct addr_key right = *whole;

	if (whole->family == AF_INET6 && strncmp(word, "::", 2) == 0 &&
	    strchr(word, '.') != NULL && prefix <= V4_BITS) {
		right = (struct addr_key){ .family = AF_INET };
		memcpy(right.bytes, whole->bytes + WRAPPED_BITS / 8, V4_BITS / 8);
	}
	addr_key_cut(&right, prefix);
	network_put(wrong, &right);
}

int
network_parse(const char *word, struct addr_key *ret_network, struct text *wrong)
{
	size_t length = strcspn(word, "/");
	struct addr_key network, whole;
	struct addr addr;
	unsigned prefix;
	int r;

	if (strcmp(word, "all") == 0) {
		*ret_network = NETWORK_ALL;
		return 0;
	}
	if (strncmp(word, "uid:", 4) == 0 || strncmp(word, "cid:", 4) == 0)
		return parse_id(word, ret_network, wrong);
	r = parse_host(word, length, &addr, wrong);
	if (r < 0)
		return r;
	prefix = most_bits(&addr);
	if (word[length] == '/')
		r = parse_prefix(word + length + 1, &addr, &prefix, wrong);
	if (r < 0)
		return r;

	whole = network = whole_key(&addr, &prefix);
	addr_key_cut(&network, prefix);
	if (memcmp(network.bytes, whole.bytes, sizeof(whole.bytes)) != 0) {
		text_put(wrong, "has bits beyond its prefix: ");
		put_right(wrong, word, &whole, prefix);
		text_put(wrong, " would be right");
		return -EINVAL;
	}
	*ret_network = network;
	return 0;
}

static bool
is_ip(const struct addr_key *key)
{
	return key->family == AF_INET || key->family == AF_INET6;
}

bool
network_covers(const struct addr_key *outer, const struct addr_key *inner)
{
	struct addr_key cut = *inner;

	if (outer->family == AF_UNSPEC)
		return true;
	if (is_ip(outer) && inner->family == outer->family) {
		if (inner->prefix < outer->prefix)
			return false;
		addr_key_cut(&cut, outer->prefix);
	}
	return addr_key_compare(outer, &cut) == 0;
}

void
network_put(struct text *text, const struct addr_key *network)
{
	if (network->family == AF_UNSPEC)
		text_put(text, "all");
	else
		addr_key_put(text, network);
}
