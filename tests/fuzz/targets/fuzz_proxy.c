/*
 * Any bytes as the begin of a connection from a proxy.
 */
#include "addr.h"
#include "fuzz.h"
#include "proxy.h"

struct outcome {
	enum proxy_result result;
	struct proxy_header header;
	size_t wanted;
	const char *why;
};

static struct outcome
parse(const uint8_t *data, size_t size)
{
	struct outcome outcome = { .why = NULL };

	outcome.result = proxy_parse(
	    (const char *)data, size, &outcome.header, &outcome.wanted, &outcome.why);
	return outcome;
}

/* All that is said lies in the header. */
static void
check_bytes(const uint8_t *data, size_t length, const struct proxy_bytes *bytes)
{
	const uint8_t *at = (const uint8_t *)bytes->at;

	if (at != NULL)
		must(at > data && at + bytes->length <= data + length);
	else
		must(bytes->length == 0);
}

static void
check_addr(const struct addr *addr, bool is_local)
{
	char place[ADDR_TEXT_MAX];
	struct text text = TEXT_ON(place);

	if (is_local) {
		must(addr->len == 0 && addr->sa.sa_family == AF_UNSPEC);
		return;
	}
	must(addr_is_ip(addr) || addr->sa.sa_family == AF_UNIX);
	must(addr->len >= 2 && addr->len <= sizeof(addr->un));
	addr_put(&text, addr);
	must(!text.is_cut && fuzz_is_harmless(place, text.used));
}

static void
check_header(const uint8_t *data, const struct proxy_header *header)
{
	const struct proxy_bytes *all[] = { &header->alpn, &header->authority,
		&header->unique_id, &header->netns, &header->ssl_version, &header->ssl_cn,
		&header->ssl_cipher, &header->ssl_sig_alg, &header->ssl_key_alg };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		check_bytes(data, header->length, all[i]);
	must(header->unique_id.length <= 128);
	must(header->version == 2 || (header->version == 1 && header->length <= 107));
	must(header->length >= 15 && header->length <= PROXY_HEADER_MOST);
	must(header->has_ssl || (!header->has_cert && header->ssl_version.at == NULL));
	must(header->has_cert || !header->is_verified);
	check_addr(&header->from, header->is_local);
	check_addr(&header->to, header->is_local);
	must(header->is_local || header->from.sa.sa_family == header->to.sa.sa_family);
}

/* More, up to where it is decided; what comes behind changes nothing. */
static void
check_order(const uint8_t *data, size_t size, const struct outcome *last)
{
	for (size_t i = 0; i < size; i++) {
		struct outcome outcome = parse(data, i);

		if (outcome.result == PROXY_MORE) {
			must(outcome.wanted > 0);
			must(i + outcome.wanted <= PROXY_HEADER_MOST);
			if (last->result == PROXY_DONE)
				must(i + outcome.wanted <= last->header.length);
			continue;
		}
		must(outcome.result == last->result);
		if (outcome.result == PROXY_BAD)
			must(outcome.why != NULL);
		else
			must(outcome.header.length == last->header.length &&
			     outcome.header.length <= i);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome outcome = parse(data, size);

	check_order(data, size, &outcome);
	if (outcome.result == PROXY_DONE) {
		must(outcome.header.length <= size);
		check_header(data, &outcome.header);
	} else if (outcome.result == PROXY_BAD) {
		must(outcome.why != NULL);
	}
	return 0;
}
