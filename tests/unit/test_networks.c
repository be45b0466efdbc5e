/*
 * The longest prefix: at its edges, and against one that looks at every entry.
 */
#include "unit.h"

#include "chance.h"
#include "network.h"
#include "networks.h"

#define ENTRIES_MOST 64

struct fixture {
	struct networks_entry entries[ENTRIES_MOST];
	size_t count;
	struct networks networks;
};

static struct addr_key
key(const char *word)
{
	char place[256] = "";
	struct text wrong = TEXT_ON(place);
	struct addr_key network;

	if (network_parse(word, &network, &wrong) < 0)
		fail_msg("'%s' %s", word, place);
	return network;
}

/* Each is known by its place in the list. */
static void
make(struct fixture *f, const char *const *words, size_t count)
{
	f->count = count;
	for (size_t i = 0; i < count; i++)
		f->entries[i] = (struct networks_entry){ key(words[i]), (uint32_t)i };
	assert_int_equal(networks_init(&f->networks, f->entries, count), 0);
}

#define MAKE(f, ...)                                                                     \
	make(f, (const char *const[]){ __VA_ARGS__ },                                    \
	    ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

static int64_t
find(const struct fixture *f, const char *client)
{
	struct addr_key whole = key(client);
	uint32_t number = networks_find(&f->networks, &whole);

	return number == NETWORKS_NONE ? -1 : (int64_t)number;
}

static void
nothing_is_found_where_nothing_is(void **state)
{
	struct fixture f = { 0 };

	assert_int_equal(networks_init(&f.networks, NULL, 0), 0);
	assert_int_equal(find(&f, "0.0.0.0"), -1);
	assert_int_equal(find(&f, "::"), -1);
	assert_int_equal(find(&f, "uid:0"), -1);
	assert_int_equal(find(&f, "cid:0"), -1);
	networks_done(&f.networks);
	networks_done(&f.networks);
	assert_int_equal(find(&f, "0.0.0.0"), -1);
}

static void
the_longest_prefix_counts(void **state)
{
	struct fixture f;

	MAKE(&f, "10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "10.1.2.0/24",
	    "10.1.255.0/24", "10.255.0.0/16");
	assert_int_equal(find(&f, "0.0.0.0"), 3);
	assert_int_equal(find(&f, "9.255.255.255"), 3);
	assert_int_equal(find(&f, "10.0.0.0"), 1);
	assert_int_equal(find(&f, "10.0.255.255"), 1);
	assert_int_equal(find(&f, "10.1.0.0"), 0);
	assert_int_equal(find(&f, "10.1.1.255"), 0);
	assert_int_equal(find(&f, "10.1.2.0"), 4);
	assert_int_equal(find(&f, "10.1.2.2"), 4);
	assert_int_equal(find(&f, "10.1.2.3"), 2);
	assert_int_equal(find(&f, "10.1.2.4"), 4);
	assert_int_equal(find(&f, "10.1.3.0"), 0);
	/* Three end at once. */
	assert_int_equal(find(&f, "10.1.255.255"), 5);
	assert_int_equal(find(&f, "10.2.0.0"), 1);
	assert_int_equal(find(&f, "10.255.255.255"), 6);
	assert_int_equal(find(&f, "11.0.0.0"), 3);
	assert_int_equal(find(&f, "255.255.255.255"), 3);
	assert_int_equal(find(&f, "::"), -1);
	networks_done(&f.networks);
}

static void
both_ends_of_a_family_are_found(void **state)
{
	struct fixture f;

	MAKE(&f, "0.0.0.0", "255.255.255.255",
	    "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "0:0:0:1::", "0:0:0:1:ffff:ffff:ffff:ffff");
	assert_int_equal(find(&f, "0.0.0.0"), 0);
	assert_int_equal(find(&f, "0.0.0.1"), -1);
	assert_int_equal(find(&f, "255.255.255.254"), -1);
	assert_int_equal(find(&f, "255.255.255.255"), 1);
	assert_int_equal(find(&f, "::"), 2);
	assert_int_equal(find(&f, "::1"), -1);
	assert_int_equal(find(&f, "0:0:0:0:ffff:ffff:ffff:ffff"), -1);
	assert_int_equal(find(&f, "0:0:0:1::"), 4);
	assert_int_equal(find(&f, "0:0:0:1::1"), -1);
	assert_int_equal(find(&f, "0:0:0:1:ffff:ffff:ffff:ffff"), 5);
	assert_int_equal(find(&f, "0:0:0:2::"), -1);
	assert_int_equal(find(&f, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"), -1);
	assert_int_equal(find(&f, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 3);
	networks_done(&f.networks);
}

static void
neighbours_do_not_touch(void **state)
{
	struct fixture f;

	MAKE(&f, "192.0.2.0/25", "192.0.2.128/25", "2001:db8::/65",
	    "2001:db8:0:0:8000::/65");
	assert_int_equal(find(&f, "192.0.1.255"), -1);
	assert_int_equal(find(&f, "192.0.2.127"), 0);
	assert_int_equal(find(&f, "192.0.2.128"), 1);
	assert_int_equal(find(&f, "192.0.3.0"), -1);
	assert_int_equal(find(&f, "2001:db8::7fff:ffff:ffff:ffff"), 2);
	assert_int_equal(find(&f, "2001:db8::8000:0:0:0"), 3);
	assert_int_equal(find(&f, "2001:db8:0:1::"), -1);
	networks_done(&f.networks);
}

static void
of_the_same_network_the_last_one_counts(void **state)
{
	struct fixture f;

	MAKE(&f, "10.0.0.0/8", "all", "uid:5", "::/0", "0.0.0.0/0", "10.0.0.0/8", "uid:5",
	    "uid:4", "::/0", "all", "uid:5", "10.0.0.0/8", "0.0.0.0/0");
	assert_int_equal(find(&f, "10.0.0.0"), 11);
	assert_int_equal(find(&f, "10.255.255.255"), 11);
	assert_int_equal(find(&f, "11.0.0.0"), 12);
	assert_int_equal(find(&f, "::1"), 8);
	assert_int_equal(find(&f, "uid:5"), 10);
	assert_int_equal(find(&f, "uid:4"), 7);
	assert_int_equal(find(&f, "cid:5"), 9);
	networks_done(&f.networks);
}

static void
all_is_everybody_whom_nothing_else_holds(void **state)
{
	struct fixture f;

	MAKE(&f, "uid:1000", "all", "cid:3", "192.0.2.0/24", "2001:db8::/32");
	assert_int_equal(find(&f, "uid:1000"), 0);
	assert_int_equal(find(&f, "uid:999"), 1);
	assert_int_equal(find(&f, "uid:1001"), 1);
	assert_int_equal(find(&f, "cid:3"), 2);
	assert_int_equal(find(&f, "cid:1000"), 1);
	assert_int_equal(find(&f, "192.0.2.7"), 3);
	assert_int_equal(find(&f, "192.0.3.7"), 1);
	assert_int_equal(find(&f, "2001:db8::1"), 4);
	assert_int_equal(find(&f, "::1"), 1);
	networks_done(&f.networks);
}

/* ---- against the simplest way ---------------------------------------------------- */

static uint32_t
find_slowly(const struct fixture *f, const struct addr_key *client)
{
	uint32_t found = NETWORKS_NONE;
	int best = -2;

	for (size_t i = 0; i < f->count; i++) {
		const struct addr_key *network = &f->entries[i].network;
		int prefix = network->family == AF_UNSPEC ? -1 : network->prefix;

		if (network_covers(network, client) && prefix >= best) {
			best = prefix;
			found = f->entries[i].number;
		}
	}
	return found;
}

/* Few bits differ, so that networks nest and meet. */
static struct addr_key
draw_address(struct chance *chance, bool is_v4)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };
	struct addr_key drawn = { .family = is_v4 ? AF_INET : AF_INET6,
		.prefix = is_v4 ? 32 : 128 };
	size_t size = is_v4 ? 4 : 16;

	for (size_t i = 0; i < size; i++)
		drawn.bytes[i] = bytes[chance_below(chance, ARRAY_SIZE(bytes))];
	/* Most IPv6 networks share their begin. */
	if (!is_v4 && chance_below(chance, 4) > 0)
		memset(drawn.bytes, 0x20, 7);
	return drawn;
}

static struct addr_key
draw_network(struct chance *chance)
{
	struct addr_key drawn;

	switch (chance_below(chance, 12)) {
	case 0:
		return NETWORK_ALL;
	case 1:
		return addr_key_of_id(AF_UNIX, chance_below(chance, 4));
	case 2:
		return addr_key_of_id(AF_VSOCK, chance_below(chance, 4));
	}
	drawn = draw_address(chance, chance_below(chance, 2) == 0);
	addr_key_cut(&drawn, chance_below(chance, drawn.prefix + 1U));
	return drawn;
}

/* An address at the edge of a network, or just beyond. */
static struct addr_key
edge_of(const struct addr_key *network, struct chance *chance)
{
	struct addr_key edge = *network;
	size_t size = network->family == AF_INET ? 4 : 16;
	int step = (int)chance_below(chance, 3) - 1;

	edge.prefix = (uint8_t)(8 * size);
	if (chance_below(chance, 2) == 0)
		for (size_t i = network->prefix; i < 8 * size; i++)
			edge.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
	for (size_t i = size; i-- > 0 && step != 0;) {
		int byte = edge.bytes[i] + step;

		edge.bytes[i] = (uint8_t)byte;
		step = byte > 255 ? 1 : byte < 0 ? -1 : 0;
	}
	return edge;
}

static struct addr_key
draw_client(const struct fixture *f, struct chance *chance)
{
	const struct addr_key *network =
	    &f->entries[chance_below(chance, (uint32_t)f->count)].network;

	if (network->family == AF_UNIX || network->family == AF_VSOCK)
		return addr_key_of_id(network->family, chance_below(chance, 5));
	if (network->family == AF_UNSPEC || chance_below(chance, 4) == 0)
		return draw_address(chance, chance_below(chance, 2) == 0);
	return edge_of(network, chance);
}

static void
it_finds_what_the_simplest_way_finds(void **state)
{
	struct chance chance = { 5 };
	size_t found = 0;

	for (int round = 0; round < 2000; round++) {
		struct fixture f = { .count = 1 + chance_below(&chance, ENTRIES_MOST) };

		for (size_t i = 0; i < f.count; i++)
			f.entries[i] =
			    (struct networks_entry){ draw_network(&chance), (uint32_t)i };
		assert_int_equal(networks_init(&f.networks, f.entries, f.count), 0);
		for (int i = 0; i < 200; i++) {
			struct addr_key client = draw_client(&f, &chance);
			uint32_t right = find_slowly(&f, &client);

			assert_int_equal(networks_find(&f.networks, &client), right);
			found += right != NETWORKS_NONE;
		}
		networks_done(&f.networks);
	}
	assert_in_range(found, 100000, 399999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_where_nothing_is),
		cmocka_unit_test(the_longest_prefix_counts),
		cmocka_unit_test(both_ends_of_a_family_are_found),
		cmocka_unit_test(neighbours_do_not_touch),
		cmocka_unit_test(of_the_same_network_the_last_one_counts),
		cmocka_unit_test(all_is_everybody_whom_nothing_else_holds),
		cmocka_unit_test(it_finds_what_the_simplest_way_finds),
	};

	return cmocka_run_group_tests_name("networks", tests, NULL, NULL);
}
