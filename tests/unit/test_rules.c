/*
 * allow and deny, and the files they name: who comes in.
 */
#include "unit.h"

#include "network.h"
#include "rules_made.h"

/* "allow 10.0.0.0/8, from DIR", or that nothing speaks of the client; and what comes of
 * it. */
static const char *
verdict(struct fixture *f, const char *client)
{
	static char place[1024];
	struct text text = TEXT_ON(place);
	struct addr_key key;
	const struct rule *rule;

	assert_int_equal(network_parse(client, &key, &text), 0);
	rule = rules_find(&f->rules, &key);
	text_put(&text, rules_deny(&f->rules, rule) ? "no: " : "yes: ");
	if (rule == NULL) {
		text_put(&text, "nothing");
		return place;
	}
	rules_put(&text, &f->rules, rule);
	text_put(&text, " of ");
	rules_put_origin(&text, &f->rules, rule);
	return place;
}

static void
without_rules_everybody_comes_in(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(prepare(f), "");
	assert_string_equal(verdict(f, "192.0.2.7"), "yes: nothing");
	assert_null(f->rules.all);
}

static void
who_is_denied_alone_stays_out(void **state)
{
	struct fixture *f = *state;

	deny(f, "10.0.0.0/8 refuse-text='go away'");
	assert_string_equal(prepare(f), "");
	assert_string_equal(
	    verdict(f, "10.1.2.3"), "no: deny 10.0.0.0/8 refuse-text='go away' of deny");
	assert_string_equal(verdict(f, "11.1.2.3"), "yes: nothing");
	assert_string_equal(verdict(f, "::1"), "yes: nothing");
}

static void
where_somebody_is_allowed_all_others_stay_out(void **state)
{
	struct fixture *f = *state;

	allow(f, "10.0.0.0/8");
	assert_string_equal(prepare(f), "");
	assert_string_equal(verdict(f, "10.1.2.3"), "yes: allow 10.0.0.0/8 of allow");
	assert_string_equal(verdict(f, "11.1.2.3"), "no: nothing");
	assert_string_equal(verdict(f, "uid:0"), "no: nothing");
}

static void
the_longest_prefix_of_both_lists_counts(void **state)
{
	struct fixture *f = *state;

	allow(f, "10.1.2.0/24 max-per-source=4 env=ROLE='a b'");
	deny(f, "10.0.0.0/8");
	allow(f, "all");
	deny(f, "10.1.2.3");
	deny(f, "uid:5");
	assert_string_equal(prepare(f), "");
	assert_string_equal(verdict(f, "10.1.2.4"),
	    "yes: allow 10.1.2.0/24 max-per-source=4 env='ROLE=a b' of allow");
	assert_string_equal(verdict(f, "10.1.2.3"), "no: deny 10.1.2.3 of deny");
	assert_string_equal(verdict(f, "10.1.3.3"), "no: deny 10.0.0.0/8 of deny");
	assert_string_equal(verdict(f, "192.0.2.7"), "yes: allow all of allow");
	assert_string_equal(verdict(f, "uid:5"), "no: deny uid 5 of deny");
	assert_string_equal(verdict(f, "uid:6"), "yes: allow all of allow");
}

static void
a_file_is_read_line_by_line(void **state)
{
	struct fixture *f = *state;
	char origin[512];

	allow(f, file(f, "friends",
		     "\xef\xbb\xbf# friends\r\n"
		     "\r\n"
		     "; more of them\n"
		     "  192.0.2.0/24 nice=5 # the lab\r\n"
		     "\t \n"
		     "2001:db8::/32"));
	allow(f, file(f, "empty", ""));
	assert_string_equal(prepare(f), "");
	(void)snprintf(origin, sizeof(origin),
	    "yes: allow 192.0.2.0/24 nice=5 of %s/friends:4", f->scratch.dir);
	assert_string_equal(verdict(f, "192.0.2.7"), origin);
	(void)snprintf(origin, sizeof(origin), "yes: allow 2001:db8::/32 of %s/friends:6",
	    f->scratch.dir);
	assert_string_equal(verdict(f, "2001:db8::1"), origin);
	assert_int_equal(f->rules.count, 2);
}

static void
an_empty_file_allows_nobody(void **state)
{
	struct fixture *f = *state;

	allow(f, file(f, "empty", "# nobody yet\n"));
	assert_string_equal(prepare(f), "");
	assert_string_equal(verdict(f, "192.0.2.7"), "no: nothing");
}

static void
the_same_options_are_one_choice(void **state)
{
	struct fixture *f = *state;

	allow(f, "10.0.0.0/8 nice=1 umask=077");
	allow(f, "11.0.0.0/8 'nice=1'  umask=\"077\"");
	allow(f, "12.0.0.0/8 umask=077 nice=1");
	allow(f, "13.0.0.0/8");
	allow(f, "14.0.0.0/8 refuse-text=x");
	deny(f, "15.0.0.0/8 refuse-text=x");
	assert_string_equal(prepare(f), "");
	assert_int_equal(f->rules.choice_count, 5);
	assert_int_equal(f->rules.all[0].choice, f->rules.all[1].choice);
	assert_int_not_equal(f->rules.all[0].choice, f->rules.all[2].choice);
	assert_int_equal(f->rules.all[3].choice, 0);
	assert_int_not_equal(f->rules.all[4].choice, f->rules.all[5].choice);
	assert_true(f->rules.choices[f->rules.all[4].choice].is_allow);
	assert_false(f->rules.choices[f->rules.all[5].choice].is_allow);
}

static void
lists_may_overlap(void **state)
{
	struct fixture *f = *state;

	deny(f, file(f, "one", "10.0.0.0/8\n11.0.0.0/8\n10.0.0.0/8\n"));
	deny(f, file(f, "two", "::ffff:11.0.0.0/104\n12.0.0.0/8\n"));
	deny(f, "10.0.0.0/8");
	deny(f, "10.0.0.0/8");
	assert_string_equal(prepare(f), "");
	assert_int_equal(f->rules.count, 3);
	assert_string_equal(verdict(f, "10.0.0.1"), "no: deny 10.0.0.0/8 of deny");
}

static void
a_hundred_thousand_rules_have_few_choices(void **state)
{
	struct fixture *f = *state;
	char *lines = malloc(100000 * 32), *at = lines;

	assert_non_null(lines);
	for (unsigned i = 0; i < 100000; i++)
		at += snprintf(at, 32, "10.%u.%u.%u nice=%u\n", i >> 16, i >> 8 & 255,
		    i & 255, i % 7);
	allow(f, file(f, "many", lines));
	free(lines);
	assert_string_equal(prepare(f), "");
	assert_int_equal(f->rules.count, 100000);
	assert_int_equal(f->rules.choice_count, 8);
	assert_non_null(strstr(verdict(f, "10.1.134.159"), "nice=4 of "));
	assert_string_equal(verdict(f, "10.1.134.160"), "no: nothing");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_rules_everybody_comes_in),
		TEST(who_is_denied_alone_stays_out),
		TEST(where_somebody_is_allowed_all_others_stay_out),
		TEST(the_longest_prefix_of_both_lists_counts),
		TEST(a_file_is_read_line_by_line),
		TEST(an_empty_file_allows_nobody),
		TEST(the_same_options_are_one_choice),
		TEST(lists_may_overlap),
		TEST(a_hundred_thousand_rules_have_few_choices),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
