/*
 * proxy_v2 -- the form for machines: addresses, then types with lengths and values
 *
 * Everything is read through a `part`, which cannot be left: a value ends within the
 * value that it is in, and the last one exactly with the header.
 */
#include "proxy_versions.h"

#include <string.h>

#include "crc32c.h"

#define BEGIN_LENGTH (sizeof(PROXY_V2_BEGIN) - 1)
#define UNIQUE_ID_MOST 128

enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 }; /* version 2 in the upper half */

enum { FAMILY_UNSPEC, FAMILY_INET, FAMILY_INET6, FAMILY_UNIX, FAMILY_COUNT };

enum { TRANSPORT_UNSPEC, TRANSPORT_STREAM, TRANSPORT_DGRAM, TRANSPORT_COUNT };

enum {
	TLV_ALPN = 0x01,
	TLV_AUTHORITY = 0x02,
	TLV_CRC32C = 0x03,
	TLV_UNIQUE_ID = 0x05,
	TLV_SSL = 0x20,
	TLV_SSL_VERSION = 0x21,
	TLV_SSL_CN = 0x22,
	TLV_SSL_CIPHER = 0x23,
	TLV_SSL_SIG_ALG = 0x24,
	TLV_SSL_KEY_ALG = 0x25,
	TLV_NETNS = 0x30,
};

enum { CLIENT_SSL = 1, CLIENT_CERT_CONN = 2, CLIENT_CERT_SESS = 4 };

/* What is left of something. */
struct part {
	const uint8_t *at;
	size_t left;
};

static const uint8_t *
take(struct part *part, size_t count)
{
	const uint8_t *at = part->at;

	if (count > part->left)
		return NULL;
	part->at += count;
	part->left -= count;
	return at;
}

/* ---- addresses -------------------------------------------------------------------- */

static const uint8_t address_lengths[] = { 0, 4, 16, 108 };

/* Of both addresses and their ports. */
static size_t
addresses_length(unsigned family)
{
	size_t ports = family == FAMILY_INET || family == FAMILY_INET6 ? 4 : 0;

	return 2u * address_lengths[family] + ports;
}

static void
fill_inet(struct addr *addr, const uint8_t *address, const uint8_t *port)
{
	addr->len = sizeof(addr->in);
	addr->in.sin_family = AF_INET;
	memcpy(&addr->in.sin_addr, address, sizeof(addr->in.sin_addr));
	memcpy(&addr->in.sin_port, port, sizeof(addr->in.sin_port));
}

static void
fill_inet6(struct addr *addr, const uint8_t *address, const uint8_t *port)
{
	addr->len = sizeof(addr->in6);
	addr->in6.sin6_family = AF_INET6;
	memcpy(&addr->in6.sin6_addr, address, sizeof(addr->in6.sin6_addr));
	memcpy(&addr->in6.sin6_port, port, sizeof(addr->in6.sin6_port));
}

/* How long the name is can only be seen by the zeros behind it. */
static void
fill_unix(struct addr *addr, const uint8_t *path)
{
	size_t length = sizeof(addr->un.sun_path);

	while (length > 0 && path[length - 1] == 0)
		length--;
	if (length > 0 && path[0] != 0)
		length = strnlen((const char *)path, length);
	addr->un.sun_family = AF_UNIX;
	memcpy(addr->un.sun_path, path, length);
	addr->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static void
fill_addresses(struct proxy_header *header, unsigned family, const uint8_t *at)
{
	size_t length = address_lengths[family];
	const uint8_t *ports = at + 2 * length;

	if (family == FAMILY_INET) {
		fill_inet(&header->from, at, ports);
		fill_inet(&header->to, at + length, ports + 2);
	} else if (family == FAMILY_INET6) {
		fill_inet6(&header->from, at, ports);
		fill_inet6(&header->to, at + length, ports + 2);
	} else {
		fill_unix(&header->from, at);
		fill_unix(&header->to, at + length);
	}
}

/* ---- types, lengths, values ------------------------------------------------------- */

struct tlv {
	uint8_t type;
	struct part value;
};

static bool
take_tlv(struct part *part, struct tlv *ret_tlv)
{
	const uint8_t *begin = take(part, 3), *value;
	size_t length;

	if (begin == NULL)
		return false;
	length = (size_t)begin[1] << 8 | begin[2];
	value = take(part, length);
	if (value == NULL)
		return false;
	*ret_tlv = (struct tlv){ begin[0], { value, length } };
	return true;
}

/* Two of them could be read in two ways. */
static const char *
keep(struct proxy_bytes *place, const struct tlv *tlv)
{
	if (place->at != NULL)
		return "it says one thing twice";
	*place = (struct proxy_bytes){ (const char *)tlv->value.at, tlv->value.left };
	return NULL;
}

static struct proxy_bytes *
ssl_place(struct proxy_header *header, uint8_t type)
{
	switch (type) {
	case TLV_SSL_VERSION:
		return &header->ssl_version;
	case TLV_SSL_CN:
		return &header->ssl_cn;
	case TLV_SSL_CIPHER:
		return &header->ssl_cipher;
	case TLV_SSL_SIG_ALG:
		return &header->ssl_sig_alg;
	case TLV_SSL_KEY_ALG:
		return &header->ssl_key_alg;
	default:
		return NULL;
	}
}

/* A byte of flags, 32 bits that are zero if the certificate is good, and more of the
 * kind. */
static const char *
parse_ssl(struct part part, struct proxy_header *header)
{
	static const uint8_t zeros[4] = { 0 };
	const uint8_t *begin = take(&part, 1 + sizeof(zeros));
	struct tlv tlv;

	if (begin == NULL)
		return "its facts of TLS are too short";
	header->has_ssl = (begin[0] & CLIENT_SSL) != 0;
	header->has_cert =
	    header->has_ssl && (begin[0] & (CLIENT_CERT_CONN | CLIENT_CERT_SESS)) != 0;
	header->is_verified =
	    header->has_cert && memcmp(begin + 1, zeros, sizeof(zeros)) == 0;
	while (part.left > 0) {
		struct proxy_bytes *place;
		const char *why;

		if (!take_tlv(&part, &tlv))
			return "its facts of TLS do not end with the last of them";
		place = header->has_ssl ? ssl_place(header, tlv.type) : NULL;
		if (place != NULL && (why = keep(place, &tlv)) != NULL)
			return why;
	}
	return NULL;
}

static struct proxy_bytes *
place_of(struct proxy_header *header, uint8_t type)
{
	switch (type) {
	case TLV_ALPN:
		return &header->alpn;
	case TLV_AUTHORITY:
		return &header->authority;
	case TLV_UNIQUE_ID:
		return &header->unique_id;
	case TLV_NETNS:
		return &header->netns;
	default:
		return NULL;
	}
}

/* What there may be only one of and is not kept in the header. */
struct once {
	struct proxy_bytes ssl, checksum;
};

static const char *
parse_tlv(const struct tlv *tlv, struct once *once, struct proxy_header *header)
{
	struct proxy_bytes *place = place_of(header, tlv->type);
	const char *why;

	if (tlv->type == TLV_UNIQUE_ID && tlv->value.left > UNIQUE_ID_MOST)
		return "its unique id is too long";
	if (tlv->type == TLV_CRC32C && tlv->value.left != sizeof(uint32_t))
		return "its checksum has not 4 bytes";
	if (tlv->type == TLV_CRC32C)
		place = &once->checksum;
	else if (tlv->type == TLV_SSL)
		place = &once->ssl;
	why = place == NULL ? NULL : keep(place, tlv);
	if (why == NULL && tlv->type == TLV_SSL)
		return parse_ssl(tlv->value, header);
	return why;
}

/* Of all bytes of the header, with zeros in the checksum's place. */
static bool
is_checksum(const struct proxy_bytes *checksum, const char *bytes, size_t count)
{
	static const uint8_t zeros[4] = { 0 };
	size_t before = (size_t)(checksum->at - bytes);
	uint32_t sum = crc32c(0, bytes, before), said;

	sum = crc32c(sum, zeros, sizeof(zeros));
	sum = crc32c(sum, checksum->at + sizeof(zeros), count - before - sizeof(zeros));
	memcpy(&said, checksum->at, sizeof(said));
	return sum == ntohl(said);
}

static const char *
parse_tlvs(struct part part, const char *bytes, size_t count, struct proxy_header *header)
{
	struct once once = { 0 };
	struct tlv tlv;

	while (part.left > 0) {
		const char *why;

		if (!take_tlv(&part, &tlv))
			return "it does not end with its last value";
		if ((why = parse_tlv(&tlv, &once, header)) != NULL)
			return why;
	}
	if (once.checksum.at != NULL && !is_checksum(&once.checksum, bytes, count))
		return "its checksum is wrong";
	return NULL;
}

/* ---- the whole -------------------------------------------------------------------- */

/* All but the first 16 bytes, whose length is known to be right. */
static const char *
parse_body(const char *bytes, size_t count, struct proxy_header *header)
{
	const uint8_t *begin = (const uint8_t *)bytes;
	bool is_proxy = begin[BEGIN_LENGTH] == COMMAND_PROXY;
	unsigned family = begin[BEGIN_LENGTH + 1] >> 4;
	unsigned transport = begin[BEGIN_LENGTH + 1] & 15;
	struct part part = { begin + PROXY_V2_LEAST, count - PROXY_V2_LEAST };
	const uint8_t *addresses = NULL;

	if (family < FAMILY_COUNT)
		addresses = take(&part, addresses_length(family));
	if (is_proxy && addresses == NULL)
		return "it is too short for its addresses";
	header->length = count;
	header->is_local =
	    !is_proxy || family == FAMILY_UNSPEC || transport != TRANSPORT_STREAM;
	if (!header->is_local)
		fill_addresses(header, family, addresses);
	return parse_tlvs(part, bytes, count, header);
}

/* The four bytes after the begin, as soon as each of them is there. */
static const char *
check_begin(const uint8_t *bytes, size_t count)
{
	const uint8_t *rest = bytes + BEGIN_LENGTH;

	if (count > BEGIN_LENGTH && rest[0] >> 4 != 2)
		return "its version is not 2";
	if (count > BEGIN_LENGTH && rest[0] != COMMAND_LOCAL && rest[0] != COMMAND_PROXY)
		return "its command is unknown";
	if (count <= BEGIN_LENGTH + 1 || rest[0] == COMMAND_LOCAL)
		return NULL;
	if (rest[1] >> 4 >= FAMILY_COUNT)
		return "its address family is unknown";
	if ((rest[1] & 15) >= TRANSPORT_COUNT)
		return "its transport is unknown";
	return NULL;
}

enum proxy_result
proxy_v2_parse(const char *bytes, size_t count, struct proxy_header *header,
    size_t *ret_wanted, const char **ret_why)
{
	const uint8_t *begin = (const uint8_t *)bytes;
	size_t whole = PROXY_V2_LEAST;

	*ret_why = check_begin(begin, count);
	if (*ret_why == NULL && count >= PROXY_V2_LEAST) {
		whole += (size_t)begin[BEGIN_LENGTH + 2] << 8 | begin[BEGIN_LENGTH + 3];
		if (whole > PROXY_HEADER_MOST)
			*ret_why = "it is too long";
	}
	if (*ret_why != NULL)
		return PROXY_BAD;
	if (count < whole) {
		*ret_wanted = whole - count;
		return PROXY_MORE;
	}
	*ret_why = parse_body(bytes, whole, header);
	return *ret_why == NULL ? PROXY_DONE : PROXY_BAD;
}
