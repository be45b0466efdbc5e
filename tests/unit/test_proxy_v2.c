/*
 * PROXY headers for machines: what is found in them.
 */
#include "proxied.h"

#include "header.h"

static bool
is_bytes(struct proxy_bytes bytes, const char *expected)
{
	return bytes.at != NULL && bytes.length == strlen(expected) &&
	       memcmp(bytes.at, expected, bytes.length) == 0;
}

static void
addresses_are_read(void **state)
{
	static const struct {
		const char *kind, *rest, *from, *to;
	} rows[] = {
		{ "2111", INET, "192.0.2.7:56324", "198.51.100.1:443" },
		{ "2111", "00000000 ffffffff 0000 ffff", "0.0.0.0:0",
		    "255.255.255.255:65535" },
		{ "2121", INET6, "[2001:db8::7]:56324", "[2001:db8::1]:443" },
		/* haproxy's test of its own receiver */
		{ "2111", "7f000001 7f000001 002a 0539 02 0005 3132333435",
		    "127.0.0.1:42", "127.0.0.1:1337" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_bytes bytes = header_of(rows[i].kind, rows[i].rest);
		struct proxy_header header = check_good(bytes.at, bytes.count);

		assert_int_equal(header.version, 2);
		assert_false(header.is_local);
		assert_put(addr_put(&put_here, &header.from), rows[i].from);
		assert_put(addr_put(&put_here, &header.to), rows[i].to);
	}
}

static struct proxy_header
unix_header(struct header_bytes *bytes, const char *from, size_t length)
{
	*bytes = header_of("2131", "");
	memset(bytes->at + 16, 0, 216);
	memcpy(bytes->at + 16, from, length);
	memcpy(bytes->at + 16 + 108, "/run/to", 7);
	bytes->count = 16 + 216;
	header_set_length(bytes);
	return check_good(bytes->at, bytes->count);
}

static void
unix_addresses_are_read(void **state)
{
	struct header_bytes bytes;
	struct proxy_header header = unix_header(&bytes, "/run/from", 9);
	char full[108];

	assert_false(header.is_local);
	assert_put(addr_put(&put_here, &header.from), "unix:/run/from");
	assert_put(addr_put(&put_here, &header.to), "unix:/run/to");
	header = unix_header(&bytes, "", 0);
	assert_put(addr_put(&put_here, &header.from), "unix");
	assert_int_equal(header.from.len, 2);
	header = unix_header(&bytes, "\0name", 5);
	assert_put(addr_put(&put_here, &header.from), "unix:@name");
	header = unix_header(&bytes, "/x\0leftover", 11);
	assert_put(addr_put(&put_here, &header.from), "unix:/x");
	memset(full, 'x', sizeof(full));
	header = unix_header(&bytes, full, sizeof(full));
	assert_int_equal(header.from.len, 110);
	assert_put(addr_put_host(&put_here, &header.to), "/run/to");
}

static void
a_connection_that_nobody_forwards_speaks_for_itself(void **state)
{
	static const struct {
		const char *kind, *rest;
	} rows[] = {
		/* LOCAL: whatever the family says */
		{ "2000", "" },
		{ "2011", "" },
		{ "2011", INET },
		{ "2021", INET6 },
		{ "2012", INET },
		{ "2000", "04 0002 abcd" },
		{ "2011", INET "04 0002 abcd" },
		{ "20ff", "" },
		{ "2042", "04 0000" },
		{ "2031", "" },
		/* no stream */
		{ "2100", "" },
		{ "2100", "05 0001 61" },
		{ "2101", "" },
		{ "2110", INET },
		{ "2112", INET },
		{ "2122", INET6 },
		{ "2112", INET "04 0000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_bytes bytes = header_of(rows[i].kind, rows[i].rest);
		struct proxy_header header = check_good(bytes.at, bytes.count);

		assert_true(header.is_local);
		assert_int_equal(header.from.len, 0);
		assert_int_equal(header.to.len, 0);
	}
}

static void
values_are_found(void **state)
{
	struct header_bytes bytes = header_of("2111", INET);
	struct proxy_header header;
	char id[128];

	memset(id, 'i', sizeof(id));
	header_add_tlv(&bytes, 0x04, "filling", 7);
	header_add_tlv(&bytes, 0x01, "h2", 2);
	header_add_tlv(&bytes, 0x02, "www.example.org", 15);
	header_add_tlv(&bytes, 0xe0, "own", 3);
	header_add_tlv(&bytes, 0xe0, "and more", 8);
	header_add_tlv(&bytes, 0x05, id, sizeof(id));
	header_add_tlv(&bytes, 0x30, "", 0);
	header_add_tlv(&bytes, 0x04, "", 0);
	header_add_tlv(&bytes, 0xff, "\0\0", 2);
	header_add_checksum(&bytes);
	header = check_good(bytes.at, bytes.count);
	assert_true(is_bytes(header.alpn, "h2"));
	assert_true(is_bytes(header.authority, "www.example.org"));
	assert_int_equal(header.unique_id.length, 128);
	assert_memory_equal(header.unique_id.at, id, 128);
	assert_true(is_bytes(header.netns, ""));
	assert_false(header.has_ssl);
	assert_null(header.ssl_cn.at);
}

static void
values_of_a_local_connection_are_found_too(void **state)
{
	struct header_bytes bytes = header_of("2000", "");
	struct proxy_header header;

	header_add_tlv(&bytes, 0x05, "id", 2);
	header_add_checksum(&bytes);
	header = check_good(bytes.at, bytes.count);
	assert_true(header.is_local);
	assert_true(is_bytes(header.unique_id, "id"));
	bytes.at[bytes.count - 1] ^= 1;
	assert_string_equal(must_be_bad(bytes.at, bytes.count), "its checksum is wrong");
}

/* Captured from a load balancer: a checksum that is not the last, and a type of its own.
 */
static void
headers_of_others_are_taken(void **state)
{
	static const char *const rows[] = {
		"ac1f0771 ac1f0a1f c8f2 0050 03 0004 e8d6892d ea 0017 01 "
		"767063652d3038643262663135666163353030316339",
		"c0a82c0a c0a82c07 cc3e 241b 03 0004 b9286fa6 ea 0017 01 "
		"767063652d3030656166633435386563393762383333",
	};
	static const char *const from[] = { "172.31.7.113:51442", "192.168.44.10:52286" };
	static const char zeros[36];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_bytes bytes = header_of("2111", rows[i]);
		struct proxy_header header;

		header_add_tlv(&bytes, 0x04, zeros, sizeof(zeros));
		assert_int_equal(bytes.count, 16 + 0x54);
		header = check_good(bytes.at, bytes.count);
		assert_put(addr_put(&put_here, &header.from), from[i]);
	}
}

static void
facts_of_tls_are_found(void **state)
{
	static const struct {
		const char *value; /* of the TLV */
		bool has_ssl, has_cert, is_verified;
	} rows[] = {
		{ "00 00000000", false, false, false },
		{ "01 00000000", true, false, false },
		{ "01 00000001", true, false, false },
		{ "03 00000000", true, true, true },
		{ "05 00000000", true, true, true },
		{ "07 00000000", true, true, true },
		{ "07 00000001", true, true, false },
		{ "07 01000000", true, true, false },
		{ "06 00000000", false, false, false },
		{ "f8 00000000", false, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_bytes bytes = header_of("2111", INET), ssl = { .count = 0 };
		struct proxy_header header;

		header_add_hex(&ssl, rows[i].value);
		header_add_hex(&ssl, "21 0007 544c5376312e33 22 0001 6e 7f 0002 abcd "
				     "23 0001 63 24 0001 73 25 0001 6b");
		header_add_tlv(&bytes, 0x20, ssl.at, ssl.count);
		header = check_good(bytes.at, bytes.count);
		assert_row(header.has_ssl == rows[i].has_ssl, rows[i].value);
		assert_row(header.has_cert == rows[i].has_cert, rows[i].value);
		assert_row(header.is_verified == rows[i].is_verified, rows[i].value);
		if (!header.has_ssl) {
			assert_null(header.ssl_version.at);
			assert_null(header.ssl_cn.at);
			continue;
		}
		assert_true(is_bytes(header.ssl_version, "TLSv1.3"));
		assert_true(is_bytes(header.ssl_cn, "n"));
		assert_true(is_bytes(header.ssl_cipher, "c"));
		assert_true(is_bytes(header.ssl_sig_alg, "s"));
		assert_true(is_bytes(header.ssl_key_alg, "k"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(unix_addresses_are_read),
		cmocka_unit_test(a_connection_that_nobody_forwards_speaks_for_itself),
		cmocka_unit_test(values_are_found),
		cmocka_unit_test(values_of_a_local_connection_are_found_too),
		cmocka_unit_test(headers_of_others_are_taken),
		cmocka_unit_test(facts_of_tls_are_found),
	};

	return cmocka_run_group_tests_name("proxy_v2", tests, NULL, NULL);
}
