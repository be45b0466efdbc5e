/*
 * Networks: what is read, what is refused and what is said then, who is in which.
 */
#include "unit.h"

#include "network.h"

/* Of the word, which must be right. */
static struct addr_key
network(const char *word)
{
	char place[256] = "";
	struct text wrong = TEXT_ON(place);
	struct addr_key key;

	if (network_parse(word, &key, &wrong) < 0)
		fail_msg("'%s' %s", word, place);
	assert_string_equal(place, "");
	return key;
}

static void
a_network_is_read_and_printed(void **state)
{
	static const struct {
		const char *word, *printed;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "255.255.255.254/31", "255.255.255.254/31" },
		{ "::/0", "::/0" },
		{ "::", "::" },
		{ "2001:DB8:0::/32", "2001:db8::/32" },
		{ "2001:db8::1/128", "2001:db8::1" },
		{ "fe80::/10", "fe80::/10" },
		{ "all", "all" },
		{ "uid:0", "uid 0" },
		{ "uid:4294967294", "uid 4294967294" },
		{ "cid:3", "cid 3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr_key key = network(rows[i].word);

		assert_put(network_put(&put_here, &key), rows[i].printed);
	}
}

static void
an_ipv4_network_in_an_ipv6_one_is_unwrapped(void **state)
{
	static const struct {
		const char *word, *printed;
	} rows[] = {
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "::ffff:a00:0/104", "10.0.0.0/8" },
		{ "64:ff9b::192.0.2.0/127", "192.0.2.0/31" },
		{ "64:ff9b::/96", "0.0.0.0/0" },
		/* These hold more than IPv4. */
		{ "64:ff9b::/95", "64:ff9b::/95" },
		{ "64:ff9b::/32", "64:ff9b::/32" },
		{ "::fffe:0:0/95", "::fffe:0:0/95" },
		/* And this is another thing. */
		{ "::192.0.2.0/120", "::192.0.2.0/120" },
		{ "64:ff9b:1::/96", "64:ff9b:1::/96" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr_key key = network(rows[i].word);

		assert_put(network_put(&put_here, &key), rows[i].printed);
	}
}

#define NOT "is not an address or a network"
#define PREFIX4 "has a prefix that is not a number from 0 to 32"
#define PREFIX6 "has a prefix that is not a number from 0 to 128"

/* No networks, and what is said of them. */
static const struct {
	const char *word, *wrong;
} refused[] = {
	{ "", NOT },
	{ " ", NOT },
	{ "/", NOT },
	{ "/8", NOT },
	{ "*", NOT },
	{ "localhost", NOT },
	{ "All", NOT },
	{ "all ", NOT },
	{ "all/0", NOT },
	{ "uid", NOT },
	{ "10.0.0.300", NOT },
	{ "10.0.0.0.0", NOT },
	{ " 10.0.0.0/8", NOT },
	{ "10.0.0.0 /8", NOT },
	{ "10.0.0.0:80", NOT },
	{ "10.0.0.1-10.0.0.9", NOT },
	{ "0x0a.0.0.0/8", NOT },
	{ "2001:db8:/32", NOT },
	{ "::ffff:10.0.0.300", NOT },
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", NOT },
	{ "010.0.0.0/8", NOT ": a number has a leading zero" },
	{ "10.0.00.0", NOT ": a number has a leading zero" },
	{ "10", NOT ": all four numbers are needed" },
	{ "10/8", NOT ": all four numbers are needed" },
	{ "192.168/16", NOT ": all four numbers are needed" },
	{ "192.0.2./24", NOT },
	{ "[::1]", NOT ": leave the brackets out" },
	{ "[2001:db8::]/32", NOT ": leave the brackets out" },
	{ "10.0.0.0/", PREFIX4 },
	{ "10.0.0.0/33", PREFIX4 },
	{ "10.0.0.0/-1", PREFIX4 },
	{ "10.0.0.0/+8", PREFIX4 },
	{ "10.0.0.0/08", PREFIX4 },
	{ "10.0.0.0/ 8", PREFIX4 },
	{ "10.0.0.0/8 ", PREFIX4 },
	{ "10.0.0.0/8/8", PREFIX4 },
	{ "10.0.0.0/4294967304", PREFIX4 },
	{ "10.0.0.0/18446744073709551624", PREFIX4 },
	{ "10.0.0.0/255.0.255.0", PREFIX4 },
	{ "2001:db8::/129", PREFIX6 },
	{ "2001:db8::/255.0.0.0", PREFIX6 },
	{ "::ffff:10.0.0.0/129", PREFIX6 },
	{ "10.0.0.0/255.0.0.0", "has a netmask: /8 would be right" },
	{ "10.0.0.0/0.0.0.0", "has a netmask: /0 would be right" },
	{ "10.0.0.1/255.255.255.255", "has a netmask: /32 would be right" },
	{ "10.0.0.1/8", "has bits beyond its prefix: 10.0.0.0/8 would be right" },
	{ "::10.0.0.0/24", "has bits beyond its prefix: 10.0.0.0/24 would be right" },
	{ "::10.0.0.1/24", "has bits beyond its prefix: 10.0.0.0/24 would be right" },
	{ "::1/24", "has bits beyond its prefix: ::/24 would be right" },
	{ "::ffff:10.1.0.0/16",
	    "has bits beyond its prefix: 10.1.0.0/16 would be right" },
	{ "10.0.0.1/31", "has bits beyond its prefix: 10.0.0.0/31 would be right" },
	{ "0.0.0.1/0", "has bits beyond its prefix: 0.0.0.0/0 would be right" },
	{ "2001:db8::1/64", "has bits beyond its prefix: 2001:db8::/64 would be right" },
	{ "::ffff:10.0.0.1/104",
	    "has bits beyond its prefix: 10.0.0.0/8 would be right" },
	{ "::ffff:0:0/95", "has bits beyond its prefix: ::fffe:0:0/95 would be right" },
	{ "fe80::1%lo", "names an interface, which a network cannot" },
	{ "fe80::%2/64", "names an interface, which a network cannot" },
	{ "uid:", "is not the number of a user: it is one from 0 to 4294967294" },
	{ "uid:joe", "is not the number of a user: it is one from 0 to 4294967294" },
	{ "uid:4294967295",
	    "is not the number of a user: it is one from 0 to 4294967294" },
	{ "cid:-1", "is not the number of a machine: it is one from 0 to 4294967294" },
};

static void
what_is_not_a_network_is_refused_with_a_reason(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct addr_key key = { .family = 99 };
		char place[256] = "";
		struct text wrong = TEXT_ON(place);

		assert_row(network_parse(refused[i].word, &key, &wrong) == -EINVAL,
		    refused[i].word);
		assert_int_equal(key.family, 99);
		assert_string_equal(place, refused[i].wrong);
	}
}

static void
a_network_holds_its_clients(void **state)
{
	static const struct {
		const char *network, *client;
		bool is_held;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/8", "9.255.255.255", false },
		{ "192.0.2.4/30", "192.0.2.7", true },
		{ "192.0.2.4/30", "192.0.2.8", false },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "ffff::", true },
		{ "::/0", "192.0.2.7", false },
		{ "::ffff:0:0/96", "192.0.2.7", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "all", "192.0.2.7", true },
		{ "all", "::1", true },
		{ "all", "uid:0", true },
		{ "all", "cid:3", true },
		{ "uid:0", "uid:0", true },
		{ "uid:0", "uid:1", false },
		{ "uid:3", "cid:3", false },
		{ "cid:3", "cid:3", true },
		{ "0.0.0.0/0", "uid:0", false },
		{ "uid:0", "0.0.0.0", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr_key outer = network(rows[i].network);
		struct addr_key client = network(rows[i].client);

		assert_row(
		    network_covers(&outer, &client) == rows[i].is_held, rows[i].network);
	}
}

static void
a_network_covers_those_within(void **state)
{
	/* Each covers itself and all that follow. */
	static const char *const nested[] = { "all", "0.0.0.0/0", "10.0.0.0/7",
		"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3" };
	static const char *const apart[] = { "::/0", "11.1.0.0/17", "12.0.0.0/8", "uid:5",
		"cid:5" };

	for (size_t i = 0; i < ARRAY_SIZE(nested); i++)
		for (size_t j = 0; j < ARRAY_SIZE(nested); j++) {
			struct addr_key a = network(nested[i]), b = network(nested[j]);

			assert_int_equal(network_covers(&a, &b), i <= j);
		}
	for (size_t i = 0; i < ARRAY_SIZE(apart); i++)
		for (size_t j = 3; j < ARRAY_SIZE(nested); j++) {
			struct addr_key a = network(apart[i]), b = network(nested[j]);

			assert_false(network_covers(&a, &b));
			assert_false(network_covers(&b, &a));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_is_read_and_printed),
		cmocka_unit_test(an_ipv4_network_in_an_ipv6_one_is_unwrapped),
		cmocka_unit_test(what_is_not_a_network_is_refused_with_a_reason),
		cmocka_unit_test(a_network_holds_its_clients),
		cmocka_unit_test(a_network_covers_those_within),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
