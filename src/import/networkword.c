#include "networkword.h"

#include <string.h>

#include "network.h"
#include "text.h"

#define V4_PARTS 4

static const char *
put_key(struct store *store, const struct addr_key *key)
{
	char place[80] = "";
	struct text text = TEXT_ON(place);

	network_put(&text, key);
	return store_copy(store, place, text.used);
}

/* "10.1.2.3/8" as "10.0.0.0/8"; NULL: no address. */
static const char *
mask(struct store *store, const char *word)
{
	size_t length = strcspn(word, "/");
	const char *host = store_copy(store, word, length);
	struct addr_key key;
	struct addr addr;
	uint64_t prefix, wrapped;

	if (addr_parse_ip(host, 0, &addr) < 0)
		return NULL;
	prefix = addr.sa.sa_family == AF_INET ? 32 : 128;
	if (word[length] == '/' &&
	    text_parse_number(word + length + 1, 0, prefix, &prefix) < 0)
		return NULL;
	/* An IPv4 address inside of IPv6 has its own bits behind 96 others. */
	wrapped = prefix > 96 ? prefix - 96 : 0;
	if (addr.sa.sa_family == AF_INET)
		key = addr_key_of(&addr, (unsigned)prefix, 128);
	else
		key = addr_key_of(&addr, (unsigned)wrapped, (unsigned)prefix);
	return put_key(store, &key);
}

/* False: no address. */
static bool
add_masked(struct words *words, struct store *store, const char *word)
{
	const char *network = mask(store, word);

	if (network == NULL)
		return false;
	words_add(words, store, network);
	return true;
}

/* ---- xinetd ------------------------------------------------------------------------ */

/* Numbers from 0 to 255, separated by dots, up to the end or a brace; how many, 0: that
 * is not what it is. */
static size_t
take_parts(const char **at, unsigned *parts)
{
	size_t count = 0;

	while (count < V4_PARTS && **at >= '0' && **at <= '9') {
		char *end;
		unsigned long number = strtoul(*at, &end, 10);

		if (number > 255)
			return 0;
		parts[count++] = (unsigned)number;
		*at = end + (*end == '.');
		if (*end != '.')
			break;
	}
	return count;
}

static void
add_parts(struct words *words, struct store *store, const unsigned *parts, size_t count)
{
	unsigned all[V4_PARTS] = { 0 };
	const char *address;

	memcpy(all, parts, count * sizeof(*parts));
	address = store_printf(store, "%u.%u.%u.%u", all[0], all[1], all[2], all[3]);
	words_add(words, store,
	    count == V4_PARTS ? address
			      : store_printf(store, "%s/%zu", address, 8 * count));
}

/* "128.138.{1,2}": behind `count` numbers. */
static bool
add_factors(struct words *words, struct store *store, const char *at, unsigned *parts,
    size_t count)
{
	if (count == 0 || count == V4_PARTS || *at != '{')
		return false;
	do {
		const char *number = at + 1;

		at = number + strspn(number, "0123456789");
		if (at == number || at - number > 3)
			return false;
		parts[count] = (unsigned)strtoul(number, NULL, 10);
		if (parts[count] > 255)
			return false;
		add_parts(words, store, parts, count + 1);
	} while (*at == ',');
	return strcmp(at, "}") == 0;
}

bool
networkword_xinetd(struct words *words, struct store *store, const char *word)
{
	unsigned parts[V4_PARTS];
	const char *at = word;
	size_t count = take_parts(&at, parts), before = words->count;

	if (strcmp(word, "localhost") == 0) {
		words_add(words, store, "127.0.0.1");
		words_add(words, store, "::1");
		return true;
	}
	if (count == V4_PARTS && *at == '\0') {
		while (count > 0 && parts[count - 1] == 0)
			count--;
		add_parts(words, store, parts, count);
		return true;
	}
	if (add_factors(words, store, at, parts, count))
		return true;
	words->count = before;
	return add_masked(words, store, word);
}

/* ---- systemd ----------------------------------------------------------------------- */

bool
networkword_systemd(struct words *words, struct store *store, const char *word)
{
	static const struct {
		const char *name, *networks[2];
	} names[] = {
		{ "any", { "all" } },
		{ "localhost", { "127.0.0.0/8", "::1" } },
		{ "link-local", { "169.254.0.0/16", "fe80::/64" } },
		{ "multicast", { "224.0.0.0/4", "ff00::/8" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, word) != 0)
			continue;
		for (size_t j = 0; j < 2 && names[i].networks[j] != NULL; j++)
			words_add(words, store, names[i].networks[j]);
		return true;
	}
	return add_masked(words, store, word);
}

bool
networkword_covers(const char *outer, const char *inner)
{
	char why[256];
	struct text nobody = TEXT_ON(why);
	struct addr_key out, in;

	return network_parse(outer, &out, &nobody) == 0 &&
	       network_parse(inner, &in, &nobody) == 0 && network_covers(&out, &in);
}
