/*
 * header -- PROXY headers of version 2, as tests write them
 *
 * Bytes in hexadecimal with blanks wherever they help; the signature and the length are
 * put before them, and a checksum where it is asked for.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#include "crc32c.h"
#include "proxy.h"

#define HEADER_SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

/* Addresses as version 2 has them: 192.0.2.7:56324 to 198.51.100.1:443, and
 * [2001:db8::7]:56324 to [2001:db8::1]:443. */
#define INET "c0000207 c6336401 dc04 01bb"
#define INET6                                                                            \
	"20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 01bb"

struct header_bytes {
	char at[4096];
	size_t count;
};

static inline unsigned
header_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);

	bug_if(at == NULL || c == '\0');
	return (unsigned)(at - digits);
}

static inline void
header_add_hex(struct header_bytes *header, const char *hex)
{
	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		bug_if(header->count == sizeof(header->at));
		header->at[header->count++] =
		    (char)(header_digit(hex[0]) << 4 | header_digit(hex[1]));
		hex++;
	}
}

/* The length of what is behind the first 16 bytes. */
static inline void
header_set_length(struct header_bytes *header)
{
	size_t length = header->count - 16;

	header->at[14] = (char)(length >> 8);
	header->at[15] = (char)length;
}

/* Version, command, family and transport ("2111"), and the rest. */
static inline struct header_bytes
header_of(const char *kind, const char *rest)
{
	struct header_bytes header = { .count = 12 };

	memcpy(header.at, HEADER_SIGNATURE, 12);
	header_add_hex(&header, kind);
	header_add_hex(&header, "0000");
	header_add_hex(&header, rest);
	header_set_length(&header);
	return header;
}

static inline void
header_add_tlv(struct header_bytes *header, uint8_t type, const void *value, size_t count)
{
	char *at = header->at + header->count;

	bug_if(header->count + 3 + count > sizeof(header->at));
	at[0] = (char)type;
	at[1] = (char)(count >> 8);
	at[2] = (char)count;
	if (count > 0)
		memcpy(at + 3, value, count);
	header->count += 3 + count;
	header_set_length(header);
}

/* The sum of all of it into the checksum whose value is there: the last thing to do. */
static inline void
header_seal(struct header_bytes *header, size_t place)
{
	uint32_t sum;

	memset(header->at + place, 0, sizeof(sum));
	sum = htonl(crc32c(0, header->at, header->count));
	memcpy(header->at + place, &sum, sizeof(sum));
}

static inline void
header_add_checksum(struct header_bytes *header)
{
	header_add_tlv(header, 0x03, "\0\0\0\0", 4);
	header_seal(header, header->count - 4);
}
