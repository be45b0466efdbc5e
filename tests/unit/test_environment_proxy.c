/*
 * What a program is told of what a proxy said.
 */
#include "unit.h"

#include "environment_proxy.h"
#include "settings.h"

#define BOTH (ENV_UCSPI | ENV_CGI)

struct table {
	char *words[64];
	char bytes[8192];
	struct writer writer;
};

static void
put(struct table *table, const struct introduction *introduction, unsigned styles)
{
	memset(table, 0, sizeof(*table));
	table->writer = (struct writer){ table->words, ARRAY_SIZE(table->words) - 1,
		TEXT_ON(table->bytes) };
	environment_proxy_put(&table->writer, introduction, styles);
}

/* NULL: it is not there. */
static const char *
value(const struct table *table, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; table->words[i] != NULL; i++)
		if (strncmp(table->words[i], name, length) == 0 &&
		    table->words[i][length] == '=')
			return table->words[i] + length + 1;
	return NULL;
}

static void
assert_value(const struct table *table, const char *name, const char *expected)
{
	const char *found = value(table, name);

	if ((found == NULL) != (expected == NULL) ||
	    (found != NULL && strcmp(found, expected) != 0))
		fail_msg("%s is '%s', not '%s'", name, found == NULL ? "unset" : found,
		    expected == NULL ? "unset" : expected);
}

static struct proxy_bytes
text(const char *bytes)
{
	return (struct proxy_bytes){ bytes, strlen(bytes) };
}

/* By TLS, with a good certificate. */
static struct introduction *
introduced(void)
{
	static struct introduction introduction;

	memset(&introduction, 0, sizeof(introduction));
	assert_int_equal(addr_parse_ip("198.51.100.1", 4711, &introduction.proxy), 0);
	introduction.header = (struct proxy_header){
		.length = 100,
		.version = 2,
		.alpn = text("h2"),
		.authority = text("www.example.org"),
		.unique_id = text("id-4711"),
		.has_ssl = true,
		.has_cert = true,
		.is_verified = true,
		.ssl_version = text("TLSv1.3"),
		.ssl_cipher = text("TLS_AES_256_GCM_SHA384"),
		.ssl_cn = text("a client"),
	};
	return &introduction;
}

static void
all_that_is_known_is_told(void **state)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{ "PRONG_PROXY_IP", "198.51.100.1" },
		{ "PRONG_PROXY_PORT", "4711" },
		{ "PRONG_PROXY_ALPN", "h2" },
		{ "PRONG_PROXY_UNIQUE_ID", "id-4711" },
		{ "SSL_PROTOCOL", "TLSv1.3" },
		{ "SSL_CIPHER", "TLS_AES_256_GCM_SHA384" },
		{ "SSL_TLS_SNI_SERVERNAME", "www.example.org" },
		{ "SSL_TLS_SNI", "www.example.org" },
		{ "SSL_PEER_CERT_CN", "a client" },
		{ "SSL_CLIENT_S_DN_CN", "a client" },
		{ "SSL_CLIENT_VERIFY", "SUCCESS" },
	};
	struct table table;

	put(&table, introduced(), BOTH);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_value(&table, rows[i].name, rows[i].value);
	assert_null(table.words[ARRAY_SIZE(rows)]);
}

static void
a_style_has_its_own_names(void **state)
{
	struct table table;

	put(&table, introduced(), ENV_UCSPI);
	assert_value(&table, "SSL_PROTOCOL", "TLSv1.3");
	assert_value(&table, "SSL_PEER_CERT_CN", "a client");
	assert_value(&table, "SSL_CLIENT_VERIFY", NULL);
	assert_value(&table, "SSL_TLS_SNI", NULL);
	put(&table, introduced(), ENV_CGI);
	assert_value(&table, "SSL_PROTOCOL", "TLSv1.3");
	assert_value(&table, "SSL_PEER_CERT_CN", NULL);
	assert_value(&table, "SSL_CLIENT_VERIFY", "SUCCESS");
	assert_value(&table, "SSL_TLS_SNI_SERVERNAME", NULL);
	put(&table, introduced(), 0);
	assert_value(&table, "PRONG_PROXY_IP", "198.51.100.1");
	assert_value(&table, "SSL_PROTOCOL", NULL);
	assert_value(&table, "SSL_TLS_SNI", NULL);
}

static void
what_is_not_known_is_unset(void **state)
{
	struct introduction *introduction = introduced();
	struct table table;

	introduction->header = (struct proxy_header){ .length = 15, .version = 1 };
	put(&table, introduction, BOTH);
	assert_value(&table, "PRONG_PROXY_IP", "198.51.100.1");
	assert_value(&table, "PRONG_PROXY_PORT", "4711");
	assert_null(table.words[2]);

	introduction->header.alpn = introduction->header.authority =
	    introduction->header.unique_id = text("");
	introduction->proxy = (struct addr){ .len = 2, .sa = { AF_UNIX, "" } };
	put(&table, introduction, BOTH);
	assert_null(table.words[0]);
}

static void
a_certificate_counts_as_the_proxy_says(void **state)
{
	struct introduction *introduction = introduced();
	struct table table;

	introduction->header.is_verified = false;
	put(&table, introduction, BOTH);
	assert_value(&table, "SSL_CLIENT_VERIFY", "FAILED");
	assert_value(&table, "SSL_CLIENT_S_DN_CN", "a client");
	assert_value(&table, "SSL_PEER_CERT_CN", NULL);

	introduction->header.has_cert = false;
	put(&table, introduction, BOTH);
	assert_value(&table, "SSL_CLIENT_VERIFY", "NONE");
	assert_value(&table, "SSL_CLIENT_S_DN_CN", NULL);
	assert_value(&table, "SSL_PROTOCOL", "TLSv1.3");

	introduction->header.has_ssl = false;
	put(&table, introduction, BOTH);
	assert_value(&table, "SSL_CLIENT_VERIFY", NULL);
	assert_value(&table, "SSL_PROTOCOL", NULL);
	assert_value(&table, "SSL_TLS_SNI", "www.example.org");
}

static void
what_is_no_plain_text_is_unset(void **state)
{
	static const struct proxy_bytes rows[] = { { "a\nb", 3 }, { "public\0x", 8 },
		{ "\x1b[2J", 4 }, { "\xc3\xa9", 2 }, { "\x7f", 1 }, { "a\\x00", 5 },
		{ "\0", 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct introduction *introduction = introduced();
		struct proxy_header *header = &introduction->header;
		struct table table;

		header->alpn = header->authority = header->ssl_cn = header->ssl_version =
		    header->ssl_cipher = rows[i];
		put(&table, introduction, BOTH);
		assert_value(&table, "PRONG_PROXY_ALPN", NULL);
		assert_value(&table, "SSL_TLS_SNI_SERVERNAME", NULL);
		assert_value(&table, "SSL_TLS_SNI", NULL);
		assert_value(&table, "SSL_PROTOCOL", NULL);
		assert_value(&table, "SSL_CIPHER", NULL);
		assert_value(&table, "SSL_PEER_CERT_CN", NULL);
		assert_value(&table, "SSL_CLIENT_S_DN_CN", NULL);
		assert_value(&table, "SSL_CLIENT_VERIFY", "SUCCESS");
	}
}

static void
a_unique_id_that_is_no_text_is_hexadecimal(void **state)
{
	struct introduction *introduction = introduced();
	struct table table;

	introduction->header.unique_id = (struct proxy_bytes){ "\0\x7f\xff"
							       "a",
		4 };
	put(&table, introduction, 0);
	assert_value(&table, "PRONG_PROXY_UNIQUE_ID", "007fff61");
}

static void
what_is_too_long_is_unset_and_not_cut(void **state)
{
	struct introduction *introduction = introduced();
	struct proxy_header *header = &introduction->header;
	static char bytes[256];
	struct table table;

	memset(bytes, 'x', sizeof(bytes));
	header->authority = (struct proxy_bytes){ bytes, 256 };
	header->ssl_cn = (struct proxy_bytes){ bytes, 128 };
	header->ssl_cipher = (struct proxy_bytes){ bytes, 64 };
	put(&table, introduction, BOTH);
	assert_value(&table, "SSL_TLS_SNI", NULL);
	assert_value(&table, "SSL_PEER_CERT_CN", NULL);
	assert_value(&table, "SSL_CIPHER", NULL);
	assert_value(&table, "SSL_PROTOCOL", "TLSv1.3");
	header->authority.length--;
	header->ssl_cn.length--;
	header->ssl_cipher.length--;
	put(&table, introduction, BOTH);
	assert_int_equal(strlen(value(&table, "SSL_TLS_SNI")), 255);
	assert_int_equal(strlen(value(&table, "SSL_PEER_CERT_CN")), 127);
	assert_int_equal(strlen(value(&table, "SSL_CIPHER")), 63);
}

/* Else a program that is held has no slot for it, or one that is too small. */
static void
the_example_has_everything_at_its_longest(void **state)
{
	struct introduction example;
	struct table table, usual;

	environment_proxy_example(&example);
	put(&table, &example, BOTH);
	put(&usual, introduced(), BOTH);
	for (size_t i = 0; usual.words[i] != NULL; i++)
		assert_int_equal(
		    strcspn(table.words[i], "="), strcspn(usual.words[i], "="));
	assert_int_equal(strlen(value(&table, "PRONG_PROXY_ALPN")), 63);
	assert_int_equal(strlen(value(&table, "PRONG_PROXY_UNIQUE_ID")), 256);
	assert_int_equal(strlen(value(&table, "SSL_TLS_SNI")), 255);
	assert_int_equal(strlen(value(&table, "SSL_CLIENT_S_DN_CN")), 127);
	assert_true(introduction_names(&example));
}

static void
a_full_table_leaves_the_rest_out(void **state)
{
	struct table table;

	memset(&table, 0, sizeof(table));
	table.writer = (struct writer){ table.words, 2, TEXT_ON(table.bytes) };
	environment_proxy_put(&table.writer, introduced(), BOTH);
	assert_value(&table, "PRONG_PROXY_PORT", "4711");
	assert_null(table.words[2]);

	memset(&table, 0, sizeof(table));
	table.writer = (struct writer){ table.words, 60, TEXT_ON(table.bytes) };
	table.writer.text.size = sizeof("PRONG_PROXY_IP=198.51.100.1") + 5;
	environment_proxy_put(&table.writer, introduced(), BOTH);
	assert_ptr_equal(table.writer.slot, table.words + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_known_is_told),
		cmocka_unit_test(a_style_has_its_own_names),
		cmocka_unit_test(what_is_not_known_is_unset),
		cmocka_unit_test(a_certificate_counts_as_the_proxy_says),
		cmocka_unit_test(what_is_no_plain_text_is_unset),
		cmocka_unit_test(a_unique_id_that_is_no_text_is_hexadecimal),
		cmocka_unit_test(what_is_too_long_is_unset_and_not_cut),
		cmocka_unit_test(the_example_has_everything_at_its_longest),
		cmocka_unit_test(a_full_table_leaves_the_rest_out),
	};

	return cmocka_run_group_tests_name("environment_proxy", tests, NULL, NULL);
}
