/*
 * Socket addresses: what is read, how it is printed, what counts as the same source.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <net/if.h>

#include "addr.h"

static struct addr
ip(const char *word, uint16_t port)
{
	struct addr addr;

	memset(&addr, 0xff, sizeof(addr));
	if (addr_parse_ip(word, port, &addr) < 0)
		fail_msg("'%s' is no address", word);
	return addr;
}

static struct addr
unix_name(const char *name, size_t length)
{
	struct addr addr = { 0 };

	assert_true(length <= sizeof(addr.un.sun_path));
	addr.un.sun_family = AF_UNIX;
	memcpy(addr.un.sun_path, name, length);
	addr.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return addr;
}

static struct addr
vsock(uint32_t cid, uint32_t port)
{
	struct addr addr = { .len = sizeof(struct sockaddr_vm) };

	addr.vm.svm_family = AF_VSOCK;
	addr.vm.svm_cid = cid;
	addr.vm.svm_port = port;
	return addr;
}

/* ---- reading and printing -------------------------------------------------------- */

static void
an_ip_address_is_read_and_printed(void **state)
{
	static const struct {
		const char *word, *with_port, *host;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1:80", "127.0.0.1" },
		{ "0.0.0.0", "0.0.0.0:80", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255:80", "255.255.255.255" },
		{ "::", "[::]:80", "::" },
		{ "::1", "[::1]:80", "::1" },
		{ "1::", "[1::]:80", "1::" },
		{ "2001:DB8::0:1", "[2001:db8::1]:80", "2001:db8::1" },
		{ "2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:80", "2001:db8::1:0:0:1" },
		{ "2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:80",
		    "2001:db8:0:1:1:1:1:1" },
		{ "1:0:0:2:0:0:0:3", "[1:0:0:2::3]:80", "1:0:0:2::3" },
		{ "0:1:2:3:4:5:6:7", "[0:1:2:3:4:5:6:7]:80", "0:1:2:3:4:5:6:7" },
		{ "1:2:3:4:5:6:0:0", "[1:2:3:4:5:6::]:80", "1:2:3:4:5:6::" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:80",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:80", "::ffff:192.0.2.7" },
		{ "::c000:207", "[::192.0.2.7]:80", "::192.0.2.7" },
		{ "64:ff9b::192.0.2.7", "[64:ff9b::c000:207]:80", "64:ff9b::c000:207" },
		{ "fe80::1%2", "[fe80::1%2]:80", "fe80::1%2" },
		{ "ff02::1%4294967295", "[ff02::1%4294967295]:80", "ff02::1%4294967295" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr addr = ip(rows[i].word, 80);

		assert_true(addr_is_ip(&addr));
		assert_int_equal(addr_port(&addr), 80);
		assert_put(addr_put(&put_here, &addr), rows[i].with_port);
		assert_put(addr_put_host(&put_here, &addr), rows[i].host);
	}
}

static void
what_is_not_an_ip_address_is_refused(void **state)
{
	static const char *const rows[] = { "", " ", "127.0.0.256", "127.0.0", "127.1",
		"127", "2130706433", "0177.0.0.1", "127.0.0.01", "00.0.0.0", "0x7f.0.0.1",
		"127.0.0.1.", "127.0.0.1.1", ".127.0.0.1", "127..0.1", " 127.0.0.1",
		"127.0.0.1 ", "127.0.0.1:80", "127.0.0.-1", "127.0.0.+1", "-1", "1e9",
		"localhost", "*", ":", ":::", "::1::", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "12345::", "g::", "[::1]",
		"::1 ", "::1/64", "::127.0.0.256", "::ffff:127.1", "fe80::1%",
		"fe80::1%0", "fe80::1%-1", "fe80::1%02", "fe80::1%4294967296",
		"fe80::1%no-such-device",
		"fe80::1%an-interface-name-that-is-far-too-long-to-be-one", "::1%1",
		"2001:db8::1%1", "127.0.0.1%1", "%1", "%lo",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr addr = { .len = 4711 };

		assert_row(addr_parse_ip(rows[i], 80, &addr) == -EINVAL, rows[i]);
		assert_int_equal(addr.len, 4711);
	}
}

static void
a_scope_may_be_an_interface_name(void **state)
{
	unsigned index = if_nametoindex("lo");

	if (index == 0)
		skip();

	struct addr addr = ip("fe80::1%lo", 80);

	assert_int_equal(addr.in6.sin6_scope_id, index);
}

static void
a_unix_address_has_one_of_three_forms(void **state)
{
	struct addr unnamed = unix_name("", 0);
	struct addr path = unix_name("/run/x", sizeof("/run/x"));
	struct addr untidy = unix_name("/run/x\0leftover", 15);
	struct addr abstract = unix_name("\0name", 5);
	struct addr odd = unix_name("\0a\0b\n", 5);
	struct addr nothing = unix_name("\0", 1);

	assert_put(addr_put(&put_here, &unnamed), "unix");
	assert_put(addr_put_host(&put_here, &unnamed), "");
	assert_put(addr_put(&put_here, &path), "unix:/run/x");
	assert_put(addr_put_host(&put_here, &path), "/run/x");
	assert_put(addr_put(&put_here, &untidy), "unix:/run/x");
	assert_put(addr_put(&put_here, &abstract), "unix:@name");
	assert_put(addr_put_host(&put_here, &abstract), "@name");
	assert_put(addr_put(&put_here, &odd), "unix:@a\\x00b\\x0a");
	assert_put(addr_put(&put_here, &nothing), "unix:@");
	assert_false(addr_is_ip(&path));
	assert_int_equal(addr_port(&path), 0);
}

static void
a_unix_path_may_fill_all_of_its_room(void **state)
{
	char full[108], place[ADDR_TEXT_MAX];
	struct text text = TEXT_ON(place);

	memset(full, '\n', sizeof(full));

	struct addr addr = unix_name(full, sizeof(full));

	addr_put(&text, &addr);
	assert_false(text.is_cut);
	assert_int_equal(text.used, strlen("unix:") + 4 * sizeof(full));
	assert_true(addr_equal(&addr, &addr));
}

static void
a_vsock_address_is_printed(void **state)
{
	struct addr addr = vsock(3, 1024);
	struct addr any = vsock(VMADDR_CID_ANY, 4294967295);

	assert_put(addr_put(&put_here, &addr), "vsock:3:1024");
	assert_put(addr_put_host(&put_here, &addr), "3");
	assert_put(addr_put(&put_here, &any), "vsock:any:4294967295");
	assert_int_equal(addr_port(&any), 4294967295);
}

static void
another_family_is_printed_as_unknown(void **state)
{
	struct addr addr = { .len = 2 };

	assert_put(addr_put(&put_here, &addr), "unknown");
	assert_int_equal(addr_port(&addr), 0);
}

/* ---- comparing ------------------------------------------------------------------- */

static void
addresses_are_equal_in_everything_or_not(void **state)
{
	const struct addr all[] = {
		ip("127.0.0.1", 80),
		ip("127.0.0.1", 81),
		ip("127.0.0.2", 80),
		ip("::1", 80),
		ip("::ffff:127.0.0.1", 80),
		ip("fe80::1%1", 80),
		ip("fe80::1%2", 80),
		unix_name("", 0),
		unix_name("/x", 3),
		unix_name("/xy", 4),
		unix_name("\0/x", 3),
		unix_name("\0", 1),
		vsock(3, 80),
		vsock(4, 80),
		vsock(3, 81),
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t j = 0; j < ARRAY_SIZE(all); j++)
			assert_int_equal(addr_equal(&all[i], &all[j]), i == j);
}

static void
the_end_of_a_unix_path_makes_no_difference(void **state)
{
	struct addr with_nul = unix_name("/x", 3), without = unix_name("/x", 2);

	assert_true(addr_equal(&with_nul, &without));
}

static void
a_port_can_be_set_where_there_is_one(void **state)
{
	struct addr in = ip("127.0.0.1", 0), in6 = ip("::1", 0), vm = vsock(3, 0);
	struct addr path = unix_name("/run/x", 7), same = path;

	addr_set_port(&in, 65535);
	addr_set_port(&in6, 1);
	addr_set_port(&vm, 9);
	addr_set_port(&path, 9);
	assert_int_equal(addr_port(&in), 65535);
	assert_int_equal(addr_port(&in6), 1);
	assert_int_equal(addr_port(&vm), 9);
	assert_memory_equal(&path, &same, sizeof(path));
}

static void
a_wrapped_ipv4_address_is_unwrapped(void **state)
{
	static const struct {
		const char *wrapped, *plain;
	} rows[] = {
		{ "::ffff:192.0.2.7", "192.0.2.7:80" },
		{ "::ffff:0.0.0.0", "0.0.0.0:80" },
		{ "64:ff9b::192.0.2.7", "192.0.2.7:80" },
		{ "64:ff9b:1::192.0.2.7", "[64:ff9b:1::c000:207]:80" },
		{ "64:ff9b::1:192.0.2.7", "[64:ff9b::1:c000:207]:80" },
		{ "::192.0.2.7", "[::192.0.2.7]:80" },
		{ "::1", "[::1]:80" },
		{ "::", "[::]:80" },
		{ "2001:db8::7", "[2001:db8::7]:80" },
		{ "192.0.2.7", "192.0.2.7:80" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr addr = ip(rows[i].wrapped, 80);

		addr_unwrap(&addr);
		assert_put(addr_put(&put_here, &addr), rows[i].plain);
	}
}

/* ---- whom to count a client under ------------------------------------------------ */

static void
a_key_is_the_address_cut_to_a_prefix(void **state)
{
	static const struct {
		const char *address;
		unsigned prefix4, prefix6;
		const char *key;
	} rows[] = {
		{ "192.0.2.7", 32, 64, "192.0.2.7" },
		{ "192.0.2.7", 24, 64, "192.0.2.0/24" },
		{ "192.0.2.255", 31, 64, "192.0.2.254/31" },
		{ "255.255.255.255", 9, 64, "255.128.0.0/9" },
		{ "192.0.2.7", 0, 64, "0.0.0.0/0" },
		{ "2001:db8:1:2:3:4:5:6", 32, 64, "2001:db8:1:2::/64" },
		{ "2001:db8:1:2:3:4:5:6", 32, 128, "2001:db8:1:2:3:4:5:6" },
		{ "ffff:ffff::", 32, 17, "ffff:8000::/17" },
		{ "2001:db8::1", 32, 0, "::/0" },
		{ "::ffff:192.0.2.7", 24, 64, "192.0.2.0/24" },
		{ "64:ff9b::192.0.2.7", 32, 64, "192.0.2.7" },
		{ "fe80::1%2", 32, 128, "fe80::1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr addr = ip(rows[i].address, 4711);
		struct addr_key key =
		    addr_key_of(&addr, rows[i].prefix4, rows[i].prefix6);

		assert_put(addr_key_put(&put_here, &key), rows[i].key);
	}
}

static void
a_port_makes_no_other_source(void **state)
{
	struct addr one = ip("192.0.2.7", 1), other = ip("::ffff:192.0.2.7", 2);
	struct addr_key a = addr_key_of(&one, 32, 64), b = addr_key_of(&other, 32, 64);

	assert_int_equal(addr_key_compare(&a, &b), 0);
}

static void
a_user_or_a_guest_is_a_source_by_its_number(void **state)
{
	struct addr_key root = addr_key_of_id(AF_UNIX, 0);
	struct addr_key user = addr_key_of_id(AF_UNIX, 1000);
	struct addr_key last = addr_key_of_id(AF_UNIX, UINT32_MAX);
	struct addr_key guest = addr_key_of_id(AF_VSOCK, 3);

	assert_put(addr_key_put(&put_here, &root), "uid 0");
	assert_put(addr_key_put(&put_here, &user), "uid 1000");
	assert_put(addr_key_put(&put_here, &last), "uid 4294967295");
	assert_put(addr_key_put(&put_here, &guest), "cid 3");
	assert_true(addr_key_compare(&root, &user) < 0);
	assert_true(addr_key_compare(&user, &last) < 0);
}

static void
keys_have_a_total_order(void **state)
{
	struct addr v4 = ip("1.2.3.4", 0), v6 = ip("102:304::", 0);
	const struct addr_key keys[] = {
		addr_key_of_id(AF_UNIX, 16909060), /* the same four bytes in each */
		addr_key_of_id(AF_UNIX, 16909061),
		addr_key_of(&v4, 24, 64),
		addr_key_of(&v4, 32, 64),
		addr_key_of(&v6, 32, 64),
		addr_key_of(&v6, 32, 128),
		addr_key_of_id(AF_VSOCK, 16909060),
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
			int order = addr_key_compare(&keys[i], &keys[j]);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ip_address_is_read_and_printed),
		cmocka_unit_test(what_is_not_an_ip_address_is_refused),
		cmocka_unit_test(a_scope_may_be_an_interface_name),
		cmocka_unit_test(a_unix_address_has_one_of_three_forms),
		cmocka_unit_test(a_unix_path_may_fill_all_of_its_room),
		cmocka_unit_test(a_vsock_address_is_printed),
		cmocka_unit_test(another_family_is_printed_as_unknown),
		cmocka_unit_test(addresses_are_equal_in_everything_or_not),
		cmocka_unit_test(the_end_of_a_unix_path_makes_no_difference),
		cmocka_unit_test(a_port_can_be_set_where_there_is_one),
		cmocka_unit_test(a_wrapped_ipv4_address_is_unwrapped),
		cmocka_unit_test(a_key_is_the_address_cut_to_a_prefix),
		cmocka_unit_test(a_port_makes_no_other_source),
		cmocka_unit_test(a_user_or_a_guest_is_a_source_by_its_number),
		cmocka_unit_test(keys_have_a_total_order),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
