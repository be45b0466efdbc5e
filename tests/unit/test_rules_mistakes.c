/*
 * allow and deny, and the files they name: what is said of every mistake.
 */
#include "unit.h"

#include "rules_made.h"

#define NOBODY 65534

static void
two_meanings_of_one_network_are_a_mistake(void **state)
{
	struct fixture *f = *state;

	allow(f, "10.0.0.0/8");
	allow(f, file(f, "friends", "# friends\n11.0.0.0/8 nice=1\n12.0.0.0/8\nall\n"));
	allow(f, "12.0.0.0/8 nice=2");
	deny(f, file(f, "foes", "11.0.0.0/8\n"));
	deny(f, "10.0.0.0/8");
	deny(f, "all");
	assert_string_equal(prepare(f),
	    "deny: 'all' is allowed as well, in DIR/friends:4\n"
	    "deny: '10.0.0.0/8' is allowed as well, in allow\n"
	    "deny: DIR/foes:1: '11.0.0.0/8' is allowed as well, in DIR/friends:2\n"
	    "allow: DIR/friends:3: '12.0.0.0/8' has other options as well, in allow\n");
	assert_int_equal(f->rc, -EINVAL);
}

static void
every_mistake_has_its_place(void **state)
{
	struct fixture *f = *state;

	allow(f, "10.0.0.1/8");
	allow(f, file(f, "friends",
		     "# friends\n"
		     "    10.0.0.300\n"
		     "192.0.2.0/24 max=3\n"
		     "192.0.2.7 nice=x\n"
		     "/etc/prong/more\n"
		     "192.0.3.0/24\n"));
	deny(f, "192.0.3.0/24 refuse-text='");
	deny(f, "192.0.3.0/24");
	assert_string_equal(prepare(f),
	    "allow: '10.0.0.1/8' has bits beyond its prefix: 10.0.0.0/8 would be right\n"
	    "allow: DIR/friends:2:5: '10.0.0.300' is not an address or a network\n"
	    "allow: DIR/friends:3:14: 'max' holds for the whole service and cannot be "
	    "said of some clients\n"
	    "allow: DIR/friends:4:16: nice: 'x' is not a number from -20 to 19 (unset by "
	    "default)\n"
	    "allow: DIR/friends:5:1: '/etc/prong/more' is a file, which only the setting "
	    "itself names\n"
	    "deny: a quote is not closed\n"
	    "deny: '192.0.3.0/24' is allowed as well, in DIR/friends:6\n");
	assert_int_equal(f->rc, -EINVAL);
}

static void
the_first_twenty_mistakes_are_told(void **state)
{
	struct fixture *f = *state;
	char lines[8 * 30 + 1] = "";

	for (int i = 0; i < 23; i++)
		memcpy(lines + 2 * i, "x\n", 3);
	deny(f, file(f, "foes", lines));
	assert_non_null(strstr(prepare(f), "foes:20:1: 'x' is not"));
	assert_null(strstr(f->said, "foes:21"));
	assert_string_equal(strstr(f->said, "and "), "and 3 more\n");
}

static void
a_file_that_is_none_is_told_with_what_would_help(void **state)
{
	struct fixture *f = *state;
	char word[512];

	allow(f, scratch_path(&f->scratch, "missing"));
	(void)snprintf(word, sizeof(word), "%s nice=1", file(f, "there", "all\n"));
	allow(f, word);
	allow(f, f->scratch.dir);
	assert_int_equal(mkfifo(scratch_path(&f->scratch, "fifo"), 0600), 0);
	deny(f, f->scratch.path);
	deny(f, scratch_file(&f->scratch, "binary", "10.0.0.0/8\n\x01\n", 0600));
	assert_string_equal(prepare(f),
	    "allow: DIR/missing does not exist; make it, it may be empty, or name none\n"
	    "allow: DIR/there nice=1 does not exist; options stand on the lines of the "
	    "file\n"
	    "allow: DIR is a directory; name each file in it\n"
	    "deny: DIR/fifo is not a regular file, which alone can be read whole\n"
	    "deny: DIR/binary:2:1: '\\x01' is not an address or a network\n");
	assert_int_equal(f->rc, -ENOENT);
}

static void
a_file_that_cannot_be_read_is_told(void **state)
{
	struct fixture *f = *state;
	char right[256];
	const char *said;
	bool is_root = geteuid() == 0; /* who may read everything */

	allow(f, scratch_file(&f->scratch, "secret", "all\n", 0));
	if (is_root)
		assert_int_equal(seteuid(NOBODY), 0);
	(void)snprintf(right, sizeof(right),
	    "allow: DIR/secret cannot be read: Permission denied; user %u must be "
	    "allowed to\n",
	    geteuid());
	said = prepare(f);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_string_equal(said, right);
	assert_int_equal(f->rc, -EACCES);
}

static void
a_nul_byte_or_too_many_bytes_are_no_text(void **state)
{
	struct fixture *f = *state;
	const char *path = file(f, "sparse", "10.0.0.0/8\n");

	assert_int_equal(truncate(path, 20), 0);
	deny(f, path);
	assert_string_equal(
	    prepare(f), "deny: DIR/sparse:2:1: a NUL byte: this is no text\n");
	assert_int_equal(truncate(path, 67108865), 0);
	assert_string_equal(prepare(f),
	    "deny: DIR/sparse has more than 64 MB; several files may be named\n");
	assert_int_equal(f->rc, -EFBIG);
}

static void
somebody_must_be_able_to_get_in(void **state)
{
	struct fixture *f = *state;

	deny(f, "10.0.0.0/8");
	deny(f, file(f, "foes", "11.0.0.0/8\nall\n"));
	assert_string_equal(prepare(f),
	    "deny: DIR/foes:2: all are denied and nobody is allowed; allow those who may "
	    "come in, or pause the service (prong pause)\n");
	assert_int_equal(f->rc, -EINVAL);
	allow(f, "12.0.0.0/8");
	assert_string_equal(prepare(f), "");
}

static void
there_is_an_end_to_choices(void **state)
{
	struct fixture *f = *state;
	char line[64];

	for (unsigned i = 0; i < 1001; i++) {
		(void)snprintf(line, sizeof(line), "10.0.%u.%u log-sample=%u", i / 256,
		    i % 256, i + 1);
		allow(f, line);
		if (i == 999)
			assert_string_equal(prepare(f), "");
	}
	allow(f, "11.0.0.0/8 nice=1");
	allow(f, "x");
	assert_string_equal(prepare(f),
	    "allow: there are more than 1000 different sets of options, each of which is "
	    "a variant of the service\n"
	    "allow: 'x' is not an address or a network\n");
	assert_int_equal(f->rc, -ENOSPC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_meanings_of_one_network_are_a_mistake),
		TEST(every_mistake_has_its_place),
		TEST(the_first_twenty_mistakes_are_told),
		TEST(a_file_that_is_none_is_told_with_what_would_help),
		TEST(a_file_that_cannot_be_read_is_told),
		TEST(a_nul_byte_or_too_many_bytes_are_no_text),
		TEST(somebody_must_be_able_to_get_in),
		TEST(there_is_an_end_to_choices),
	};

	return cmocka_run_group_tests_name("rules_mistakes", tests, NULL, NULL);
}
