/*
 * What would become of a client: read from an answer, and in words.
 */
#include "unit.h"

#include "verdict.h"
#include "why.h"

static struct seen_why
seen(const char *text)
{
	json_t *object = json_loads(text, 0, NULL);
	struct seen_why why;

	assert_non_null(object);
	verdict_read(&why, object);
	json_decref(object);
	return why;
}

static void
it_is_told_in_one_sentence(void **state)
{
	static const struct {
		const char *object, *sentence;
	} rows[] = {
		{ "{\"admitted\":true,\"wait_ms\":0}", "would be let in" },
		{ "{\"admitted\":true,\"wait_ms\":1200}",
		    "would wait 1.2 s for its turn" },
		{ "{\"admitted\":true,\"policy\":true,\"drop_percent\":30}",
		    "would be let in, unless it is one of the 30% that early-drop refuses, "
		    "unless the policy program says no" },
		{ "{\"admitted\":true,\"exempt\":true,\"drop_percent\":30}",
		    "would be let in" },
		{ "{\"admitted\":true,\"proxy_from\":true}",
		    "is a proxy (proxy-from): ask about the client that its header names" },
		{ "{\"admitted\":false,\"reason\":\"denied\",\"rule\":\"deny ::1\"}",
		    "would be refused (denied): a rule keeps it out" },
		{ "{\"admitted\":false,\"reason\":\"denied\",\"wait_ms\":0}",
		    "would be refused (denied): no rule lets it in" },
		{ "{\"admitted\":false,\"reason\":\"penalty\",\"wait_ms\":42000}",
		    "would be refused (penalty): it is shut out for what it did; it may try "
		    "again in 42 s" },
		{ "{\"admitted\":true,\"live\":2,\"max\":2}",
		    "would wait until another session ends" },
		{ "{\"admitted\":true,\"live\":1,\"max\":2}", "would be let in" },
		{ "{\"admitted\":false,\"reason\":\"newer\",\"text\":\"so it is\"}",
		    "so it is" },
		{ "{\"admitted\":7,\"reason\":7}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct seen_why why = seen(rows[i].object);
		char place[512] = "";
		struct text text = TEXT_ON(place);

		verdict_put(&text, &why);
		assert_string_equal(place, rows[i].sentence);
	}
}

/* The reasons that a client who is refused can be told, and that `why` can give: the
 * words of the event "refused". */
static void
every_reason_has_its_words(void **state)
{
	static const char *const reasons[] = { "service-full", "source-full",
		"no-descriptors", "denied", "penalty", "sources-full", "early-drop",
		"source-rate", "rate", "waiting-full", "policy", "policy-failed",
		"stopping" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		struct seen_why why = { .said = "nothing but this" };
		char place[512] = "";
		struct text text = TEXT_ON(place);

		(void)snprintf(why.reason, sizeof(why.reason), "%s", reasons[i]);
		verdict_put(&text, &why);
		assert_row(strstr(place, why.said) == NULL, reasons[i]);
		assert_row(strstr(place, reasons[i]) != NULL, reasons[i]);
	}
}

/* "label=value;" of those that say something. */
static void
put_facts(struct text *all, const struct seen_why *why)
{
	for (size_t i = 0;; i++) {
		char place[512] = "";
		struct text text = TEXT_ON(place);
		const char *label;

		if (!verdict_put_fact(&text, why, i, &label))
			return;
		if (place[0] != '\0')
			text_printf(all, "%s=%s;", label, place);
	}
}

static void
expect_facts(const struct seen_why *why, const char *facts)
{
	char place[2048] = "";
	struct text text = TEXT_ON(place);

	put_facts(&text, why);
	assert_string_equal(place, facts);
}

static void
all_that_there_is_becomes_a_fact(void **state)
{
	const struct seen_why why =
	    seen("{\"source\":\"203.0.113.0/24\",\"rule\":\"allow 203.0.113.0/24\","
		 "\"rule_from\":\"/etc/friends:12\",\"exempt\":true,\"proxy_from\":true,"
		 "\"policy\":true,\"source_live\":3,\"source_max\":8,\"live\":40,"
		 "\"max\":64,\"reserve\":4,\"drop_percent\":30,\"source_tokens\":1,"
		 "\"source_burst\":5,\"tokens\":12,\"burst\":20,\"penalty_ms\":42000,"
		 "\"offences\":3}");

	(void)state;
	expect_facts(&why, "rule=allow 203.0.113.0/24 (from /etc/friends:12);"
			   "counted as=203.0.113.0/24;"
			   "proxy-from=yes: who the client is stands in its header;"
			   "exempt=yes: of all limits only max holds for it;"
			   "penalty=shut out for 42 s, 3 offences that count;"
			   "max=40 of 64 sessions, 4 of them only for exempt;"
			   "max-per-source=3 of 8 sessions;"
			   "early-drop=refuses 30% now;"
			   "rate-per-source=1 of 5 can begin at once;"
			   "rate=12 of 20 can begin at once;"
			   "policy=a program is asked last;");
}

static void
what_there_is_not_is_no_fact(void **state)
{
	const struct seen_why why = seen("{\"source\":\"::1\",\"source_live\":0,"
					 "\"live\":0,\"max\":1,\"offences\":1}");

	(void)state;
	expect_facts(&why,
	    "rule=none speaks of it;counted as=::1;penalty=1 offence that counts;"
	    "max=0 of 1 session;max-per-source=0 sessions, no limit;");
}

static void
what_is_owed_is_told_before_it_acts(void **state)
{
	const struct seen_why why = seen("{\"source\":\"::1\",\"rule\":\"deny ::1\","
					 "\"rule_from\":\"deny\",\"source_live\":0,"
					 "\"live\":0,\"max\":1,\"owes_ms\":14900,"
					 "\"offences\":2}");

	(void)state;
	expect_facts(&why,
	    "rule=deny ::1;counted as=::1;"
	    "penalty=owes 15 s, too little to be shut out, 2 offences that count;"
	    "max=0 of 1 session;max-per-source=0 sessions, no limit;");
}

static void
a_client_may_be_called_as_the_log_has_it(void **state)
{
	static const struct {
		const char *word, *address;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7:4711", "192.0.2.7" },
		{ "[2001:db8::1]:80", "2001:db8::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "::ffff:192.0.2.7", "::ffff:192.0.2.7" },
		{ "fe80::1%eth0", "fe80::1%eth0" },
		{ "uid:1000", "uid:1000" },
		{ "cid:3", "cid:3" },
		{ "vsock:3:1024", "cid:3" },
		{ "vsock:3", "vsock:3" },
		{ "192.0.2.7:", "192.0.2.7:" },
		{ "[x", "[x" },
		{ "[::1]x:1", "[::1]x:1" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char place[64] = "";
		struct text text = TEXT_ON(place);

		why_put_address(&text, rows[i].word);
		assert_string_equal(place, rows[i].address);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_told_in_one_sentence),
		cmocka_unit_test(every_reason_has_its_words),
		cmocka_unit_test(all_that_there_is_becomes_a_fact),
		cmocka_unit_test(what_there_is_not_is_no_fact),
		cmocka_unit_test(what_is_owed_is_told_before_it_acts),
		cmocka_unit_test(a_client_may_be_called_as_the_log_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
