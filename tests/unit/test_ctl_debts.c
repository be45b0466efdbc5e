/*
 * Those who owe something, as a table.
 */
#include "unit.h"

#include "debts.h"

static void
add(struct debts *debts, const char *text, const char *instance)
{
	json_t *object = json_loads(text, 0, NULL);

	assert_non_null(object);
	assert_int_equal(debts_add(debts, object, instance), 0);
	json_decref(object);
}

/* Titles and rows, each with a newline. */
static void
draw(char *place, size_t size, struct debts *debts)
{
	struct text text = { .at = place, .size = size };
	struct table table;

	place[0] = '\0';
	debts_sort(debts);
	debts_show(&table, debts);
	table_fit(&table, 0);
	table_put_titles(&text, &table);
	text_put_char(&text, '\n');
	for (size_t i = 0; i < debts->count; i++) {
		table_put_row(&text, &table, i);
		text_put_char(&text, '\n');
	}
}

static void
the_longest_comes_first_within_its_service(void **state)
{
	struct debts debts = { 0 };
	char place[1024];

	(void)state;
	add(&debts,
	    "{\"service\":\"git\",\"source\":\"uid:7\",\"last\":\"exit\","
	    "\"owes_ms\":90000,\"shut_out\":true,\"offences\":12}",
	    NULL);
	add(&debts,
	    "{\"service\":\"echo\",\"source\":\"192.0.2.0/24\",\"last\":\"exit\","
	    "\"owes_ms\":5000,\"offences\":1}",
	    NULL);
	add(&debts,
	    "{\"service\":\"echo\",\"source\":\"10.0.0.7\",\"last\":\"first-byte-timeout\","
	    "\"owes_ms\":42000,\"shut_out\":true,\"offences\":3}",
	    NULL);
	draw(place, sizeof(place), &debts);
	assert_string_equal(place,
	    "SERVICE SOURCE       STATE               OFFENCES LAST\n"
	    "echo    10.0.0.7     shut out 42 s              3 first-byte-timeout\n"
	    "echo    192.0.2.0/24 owes 5.0 s                 1 exit\n"
	    "git     uid:7        shut out 1 min 30 s       12 exit\n");
	debts_done(&debts);
}

static void
of_several_servers_each_has_its_name(void **state)
{
	struct debts debts = { 0 };
	char place[1024];

	(void)state;
	add(&debts, "{\"service\":\"a\",\"source\":\"\\u001b[2J\",\"owes_ms\":1000}",
	    "two");
	add(&debts, "{\"service\":\"b\",\"source\":7}", "one");
	draw(place, sizeof(place), &debts);
	assert_string_equal(place, "INSTANCE SERVICE SOURCE  STATE      OFFENCES LAST\n"
				   "one      b               owes 0 ms         0 \n"
				   "two      a       \\x1b[2J owes 1.0 s        0 \n");
	debts_done(&debts);
}

static void
there_may_be_many(void **state)
{
	struct debts debts = { 0 };
	char object[128];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(object, sizeof(object),
		    "{\"service\":\"a\",\"source\":\"10.0.0.%d\",\"owes_ms\":%d}", i,
		    i % 10);
		add(&debts, object, NULL);
	}
	debts_sort(&debts);
	assert_string_equal(debts.all[0].source, "10.0.0.9");
	assert_string_equal(debts.all[1].source, "10.0.0.19");
	assert_string_equal(debts.all[999].source, "10.0.0.990");
	debts_done(&debts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_comes_first_within_its_service),
		cmocka_unit_test(of_several_servers_each_has_its_name),
		cmocka_unit_test(there_may_be_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
