/*
 * Any word as an IP address; any bytes as what the kernel might say a peer is.
 */
#include <arpa/inet.h>

#include "addr.h"
#include "fuzz.h"

/* What is printed is what inet_ntop(3) prints, and is read as the same address. */
static void
check_word(const char *word)
{
	char place[ADDR_TEXT_MAX], expected[INET6_ADDRSTRLEN];
	struct text text = TEXT_ON(place);
	struct addr addr = { 0 }, again;
	bool is_in;

	if (addr_parse_ip(word, 4711, &addr) < 0) {
		must(addr.len == 0);
		return;
	}
	must(addr_is_ip(&addr) && addr_port(&addr) == 4711);
	addr_put_host(&text, &addr);
	must(!text.is_cut);
	must(addr_parse_ip(place, 4711, &again) == 0 && addr_equal(&addr, &again));

	is_in = addr.sa.sa_family == AF_INET;
	must(inet_ntop(addr.sa.sa_family,
		 is_in ? (const void *)&addr.in.sin_addr : &addr.in6.sin6_addr, expected,
		 sizeof(expected)) != NULL);
	place[strcspn(place, "%")] = '\0';
	must(strcmp(place, expected) == 0);
}

static void
check_key(const struct addr *addr, unsigned prefix)
{
	char place[ADDR_TEXT_MAX];
	struct text text = TEXT_ON(place);
	struct addr_key key = addr_key_of(addr, prefix % 33, prefix % 129);
	struct addr plain = *addr, again;

	addr_unwrap(&plain);
	again = plain;
	addr_unwrap(&again);
	must(addr_equal(&plain, &again) && addr_port(&plain) == addr_port(addr));
	must(key.family == plain.sa.sa_family);
	addr_key_put(&text, &key);
	must(!text.is_cut);

	/* The cut address is its own source. */
	place[strcspn(place, "/")] = '\0';
	must(addr_parse_ip(place, 0, &again) == 0);

	struct addr_key same = addr_key_of(&again, prefix % 33, prefix % 129);

	must(key.family != same.family || addr_key_compare(&key, &same) == 0);
}

/* The first byte is the length, the others are the address. */
static void
check_kernel(const uint8_t *data, size_t size)
{
	struct addr addr = { 0 };
	char place[ADDR_TEXT_MAX];
	struct text text = TEXT_ON(place);

	if (size < 2)
		return;
	addr.len = data[0];
	if (addr.len > sizeof(addr) - offsetof(struct addr, sa))
		return;
	memcpy(&addr.sa, data + 1, size - 1 < addr.len ? size - 1 : addr.len);

	addr_put(&text, &addr);
	must(!text.is_cut && strlen(place) == text.used);
	must(fuzz_is_harmless(place, text.used));
	must(addr_equal(&addr, &addr));
	if (addr_is_ip(&addr))
		check_key(&addr, data[size - 1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *word = fuzz_string(data, size);

	check_word(word);
	check_kernel(data, size);
	return 0;
}
