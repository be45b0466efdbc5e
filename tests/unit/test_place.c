/*
 * What a LISTEN word means, and what is said about one that means nothing.
 */
#include "unit.h"

#include <arpa/inet.h>

#include "place.h"

/* A place in words, so that a table can hold what is expected. */
static void
put_place(struct text *text, const struct place *place)
{
	switch (place->kind) {
	case PLACE_ANY:
		text_printf(text, "any %u", place->port);
		return;
	case PLACE_LOOPBACK:
		text_printf(text, "loopback %u", place->port);
		return;
	case PLACE_ADDRESS:
		addr_put(text, &place->addr);
		return;
	case PLACE_NAME:
		text_printf(text, "name %s %u", place->name, place->port);
		return;
	case PLACE_FD:
		text_printf(text, "fd %d", place->fd);
		return;
	}
}

struct row {
	const char *word, *expected;
};

static void
check_good(const struct row *row)
{
	struct place place;
	char said[1024] = "";
	struct text message = TEXT_ON(said);
	int rc = place_parse(row->word, &place, &message);

	if (rc < 0)
		fail_msg("'%s' was refused: %s", row->word, said);
	assert_string_equal(said, "");
	assert_put(put_place(&put_here, &place), row->expected);
}

static void
check_bad(const struct row *row)
{
	struct place place;
	char said[1024] = "", expected[1024];
	struct text message = TEXT_ON(said);

	assert_row(place_parse(row->word, &place, &message) == -EINVAL, row->word);
	(void)snprintf(
	    expected, sizeof(expected), "listen: '%s' %s", row->word, row->expected);
	assert_string_equal(said, expected);
}

static void
every_form_of_an_address_is_known(void **state)
{
	static const struct row rows[] = {
		{ "9999", "any 9999" },
		{ ":9999", "any 9999" },
		{ "*:9999", "any 9999" },
		{ "0", "any 0" },
		{ "65535", "any 65535" },
		{ "127.0.0.1:9999", "127.0.0.1:9999" },
		{ "0.0.0.0:1", "0.0.0.0:1" },
		{ "255.255.255.255:0", "255.255.255.255:0" },
		{ "[::1]:9999", "[::1]:9999" },
		{ "[::]:0", "[::]:0" },
		{ "[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.1]:80" },
		{ "[2001:db8:0:0:1:0:0:1]:80", "[2001:db8::1:0:0:1]:80" },
		{ "[fe80::1%7]:80", "[fe80::1%7]:80" },
		{ "localhost:80", "name localhost 80" },
		{ "a-b.c_d.example:80", "name a-b.c_d.example 80" },
		{ "1a:80", "name 1a 80" },
		{ "1.2.3.4.example:80", "name 1.2.3.4.example 80" },
		{ "unix:/run/x", "unix:/run/x" },
		{ "unix:/x", "unix:/x" },
		{ "unix:/a:b:9", "unix:/a:b:9" },
		{ "unix:@x", "unix:@x" },
		{ "unix:@/x", "unix:@/x" },
		{ "vsock:3:1024", "vsock:3:1024" },
		{ "vsock:any:1024", "vsock:any:1024" },
		{ "vsock::1024", "vsock:any:1024" },
		{ "vsock:4294967295:4294967294", "vsock:any:4294967294" },
		{ "vsock:0:1", "vsock:0:1" },
		{ "fd:0", "fd 0" },
		{ "fd:3", "fd 3" },
		{ "fd:2147483647", "fd 2147483647" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_good(&rows[i]);
}

#define NO_PORT "needs a port from 0 to 65535"
#define KNOWN                                                                            \
	"is not an address; known are 9999, 127.0.0.1:9999, [::1]:9999, name:9999, "     \
	"unix:/path, unix:@name, vsock:CID:PORT, fd:N and systemd"
#define BRACKETS "is not an address; IPv6 needs brackets, as in [::1]:9999"
#define NO_WORD                                                                          \
	"is not an address; an address is like 9999, 127.0.0.1:9999, name:9999 or "      \
	"unix:/path"

static void
a_port_is_a_plain_number_of_sixteen_bits(void **state)
{
	static const struct row rows[] = {
		{ "65536", NO_PORT },
		{ "4294967376", NO_PORT }, /* 80 in 32 bits */
		{ "18446744073709551696", NO_PORT },
		{ "080", NO_PORT },
		{ "-1", NO_PORT },
		{ "+1", NO_PORT },
		{ "", NO_PORT },
		{ ":", NO_PORT },
		{ "127.0.0.1:", NO_PORT },
		{ "127.0.0.1:65536", NO_PORT },
		{ "127.0.0.1:080", NO_PORT },
		{ "127.0.0.1: 80", NO_PORT },
		{ "127.0.0.1:80 ", NO_PORT },
		{ "127.0.0.1:0x50", NO_PORT },
		{ "localhost:http", NO_PORT },
		{ "[::1]", NO_PORT },
		{ "[::1]80", NO_PORT },
		{ "0x50", NO_WORD },
		{ "cat", NO_WORD },
		{ "/bin/cat", NO_WORD },
		{ "127.0.0.1", NO_WORD },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_bad(&rows[i]);
}

static void
an_address_is_written_in_full_and_in_decimal(void **state)
{
	static const struct row rows[] = {
		{ "127.1:9", KNOWN },
		{ "127:9", KNOWN },
		{ "0177.0.0.1:9", KNOWN },
		{ "1.2.3.256:9", KNOWN },
		{ "1.2.3.4.5:9", KNOWN },
		{ "1.2.3.4.:9", KNOWN },
		{ ".:9", KNOWN },
		{ "[]:9", KNOWN },
		{ "[:9", KNOWN },
		{ "]:9", KNOWN },
		{ "[127.0.0.1]:9", KNOWN },
		{ "[localhost]:9", KNOWN },
		{ "a b:9", KNOWN },
		{ "-a:9", KNOWN },
		{ "a/b:9", KNOWN },
		{ "**:9", KNOWN },
		{ "::1:9", BRACKETS },
		{ "::9", BRACKETS },
		{ "[::1", BRACKETS },
		{ "[::1:9", BRACKETS },
		{ "[::g]:9", BRACKETS },
		{ "[1:2:3:4:5:6:7:8:9]:9", BRACKETS },
		{ "127.0.0.1:9:9", BRACKETS },
		{ "UNIX:/x:9", BRACKETS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_bad(&rows[i]);
}

static void
other_families_say_what_they_need(void **state)
{
	static const struct row rows[] = {
		{ "unix:", "needs an absolute path or @name after 'unix:', as in "
			   "unix:/run/echo.sock" },
		{ "unix:x", "needs an absolute path or @name after 'unix:', as in "
			    "unix:/run/echo.sock" },
		{ "unix:/", "needs a path of 2 to 107 characters" },
		{ "unix:@", "needs a path of 2 to 107 characters" },
		{ "vsock:", "needs a CID and a port, as in vsock:any:1024" },
		{ "vsock:1024", "needs a CID and a port, as in vsock:any:1024" },
		{ "vsock:3:", "needs a port from 0 to 4294967295, as in vsock:any:1024" },
		{ "vsock:3:x",
		    "needs a port from 0 to 4294967295, as in vsock:any:1024" },
		{ "vsock:3:4294967296",
		    "needs a port from 0 to 4294967295, as in vsock:any:1024" },
		{ "vsock:x:3", "needs a CID from 0 to 4294967295, or 'any'" },
		{ "vsock:4294967296:3", "needs a CID from 0 to 4294967295, or 'any'" },
		{ "vsock:1234567890123456:3", "needs a CID from 0 to 4294967295" },
		{ "fd:", "needs a descriptor number, as in fd:3" },
		{ "fd:-1", "needs a descriptor number, as in fd:3" },
		{ "fd:03", "needs a descriptor number, as in fd:3" },
		{ "fd:2147483648", "needs a descriptor number, as in fd:3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_bad(&rows[i]);
}

/* "unix:" and so many characters of a path, `first` and dots. */
static const char *
unix_word(char first, size_t length)
{
	static char word[256];

	memset(word, '.', sizeof(word));
	memcpy(word, "unix:", 5);
	word[5] = first;
	word[5 + length] = '\0';
	return word;
}

static void
a_unix_path_may_fill_its_place_but_not_more(void **state)
{
	struct place place;
	char said[512] = "";
	struct text message = TEXT_ON(said);

	(void)state;
	assert_int_equal(place_parse(unix_word('/', 107), &place, &message), 0);
	assert_int_equal(place.addr.len, sizeof(struct sockaddr_un));
	assert_int_equal(strlen(place.addr.un.sun_path), 107);
	check_bad(
	    &(struct row){ unix_word('/', 108), "needs a path of 2 to 107 characters" });
	check_bad(
	    &(struct row){ unix_word('@', 108), "needs a path of 2 to 107 characters" });
}

static void
an_abstract_name_begins_with_nul_and_has_no_end(void **state)
{
	struct place place;
	char said[512] = "";
	struct text message = TEXT_ON(said);

	(void)state;
	assert_int_equal(place_parse("unix:@name", &place, &message), 0);
	assert_memory_equal(place.addr.un.sun_path, "\0name", 5);
	assert_int_equal(
	    place.addr.len, offsetof(struct sockaddr_un, sun_path) + strlen("@name"));
}

static void
vsock_port_zero_asks_for_a_free_one(void **state)
{
	struct place place;
	char said[512] = "";
	struct text message = TEXT_ON(said);

	(void)state;
	assert_int_equal(place_parse("vsock:any:0", &place, &message), 0);
	assert_int_equal(place.addr.vm.svm_port, VMADDR_PORT_ANY);
	assert_int_equal(place.addr.vm.svm_cid, VMADDR_CID_ANY);
}

static void
a_name_has_at_most_253_characters(void **state)
{
	char word[512];
	struct place place;
	char said[1024] = "";
	struct text message = TEXT_ON(said);

	(void)state;
	memset(word, 'a', sizeof(word));
	memcpy(word + 253, ":80", 4);
	assert_int_equal(place_parse(word, &place, &message), 0);
	assert_int_equal(strlen(place.name), 253);
	memset(word, 'a', 254);
	memcpy(word + 254, ":80", 4);
	check_bad(&(struct row){ word, KNOWN });
	memset(word, 'a', 300);
	memcpy(word + 300, ":80", 4);
	check_bad(&(struct row){ word, "is too long for an address" });
}

static void
a_word_cannot_reach_the_terminal(void **state)
{
	struct place place;
	char said[512] = "";
	struct text message = TEXT_ON(said);

	(void)state;
	assert_int_equal(place_parse("\x1b[2J\n", &place, &message), -EINVAL);
	assert_memory_equal(said, "listen: '\\x1b[2J\\x0a' ", 22);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_an_address_is_known),
		cmocka_unit_test(a_port_is_a_plain_number_of_sixteen_bits),
		cmocka_unit_test(an_address_is_written_in_full_and_in_decimal),
		cmocka_unit_test(other_families_say_what_they_need),
		cmocka_unit_test(a_unix_path_may_fill_its_place_but_not_more),
		cmocka_unit_test(an_abstract_name_begins_with_nul_and_has_no_end),
		cmocka_unit_test(vsock_port_zero_asks_for_a_free_one),
		cmocka_unit_test(a_name_has_at_most_253_characters),
		cmocka_unit_test(a_word_cannot_reach_the_terminal),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
