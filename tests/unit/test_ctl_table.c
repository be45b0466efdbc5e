/*
 * Columns that fit, and what is cut.
 */
#include "unit.h"

#include "table.h"

static const char *const cells[][4] = {
	{ "6H0E98", "echo", "127.0.0.1:40358", "7" },
	{ "6H0E99", "a-long-name", "[::1]:9", "12345" },
};

static void
put_cell(struct text *cell, const void *context, size_t row, size_t column)
{
	const char *const(*rows)[4] = context;

	text_put(cell, rows[row][column]);
}

static const struct table_column columns[] = {
	{ "ID", false, 0, 0 },
	{ "SERVICE", false, 6, 2 },
	{ "SOURCE", false, 11, 0 },
	{ "PID", true, 0, 1 },
};

static struct table
make(size_t width)
{
	struct table table = { .columns = columns,
		.column_count = 4,
		.row_count = 2,
		.put = put_cell,
		.context = cells };

	table_fit(&table, width);
	return table;
}

static void
columns_are_as_wide_as_what_they_hold(void **state)
{
	const struct table table = make(0);

	(void)state;
	assert_put(table_put_titles(&put_here, &table),
	    "ID     SERVICE     SOURCE            PID");
	assert_put(table_put_row(&put_here, &table, 0),
	    "6H0E98 echo        127.0.0.1:40358     7");
	assert_put(table_put_row(&put_here, &table, 1),
	    "6H0E99 a-long-name [::1]:9         12345");
}

static void
those_that_may_shrink_do(void **state)
{
	struct table table = make(36);

	(void)state;
	assert_put(
	    table_put_row(&put_here, &table, 0), "6H0E98 echo        127.0.0.1:+     7");
	assert_put(
	    table_put_row(&put_here, &table, 1), "6H0E99 a-long-name [::1]:9     12345");
	table = make(33);
	assert_put(
	    table_put_row(&put_here, &table, 1), "6H0E99 a-long-+ [::1]:9     12345");
}

static void
the_least_wanted_column_goes_first(void **state)
{
	struct table table = make(30);

	(void)state;
	assert_put(table_put_row(&put_here, &table, 1), "6H0E99 [::1]:9         12345");
	table = make(22);
	assert_put(table_put_titles(&put_here, &table), "ID     SOURCE");
	assert_put(table_put_row(&put_here, &table, 0), "6H0E98 127.0.0.1:40358");
	table = make(1); /* what stays, stays */
	assert_put(table_put_row(&put_here, &table, 0), "6H0E98 127.0.0.1:+");
}

static void
characters_count_and_not_bytes(void **state)
{
	static const char *const words[][4] = { { "\u00e4\u00f6\u00fc", "x", "y", "z" } };
	struct table table = { .columns = columns,
		.column_count = 4,
		.row_count = 1,
		.put = put_cell,
		.context = words };

	(void)state;
	assert_int_equal(text_columns("\u00e4\u00f6\u00fc"), 3);
	table_fit(&table, 0);
	assert_put(
	    table_put_row(&put_here, &table, 0), "\u00e4\u00f6\u00fc x       y        z");
}

static void
chinese_takes_two_columns_and_is_cut_between_them(void **state)
{
	static const char *const words[][4] = { { "A", "这是一个服务", "127.0.0.1:9",
						    "1" },
		{ "B", "a", "127.0.0.1:9", "2" } };
	struct table table = { .columns = columns,
		.column_count = 4,
		.row_count = 2,
		.put = put_cell,
		.context = words };

	(void)state;
	table_fit(&table, 0);
	assert_put(
	    table_put_row(&put_here, &table, 0), "A  这是一个服务 127.0.0.1:9   1");
	assert_put(
	    table_put_row(&put_here, &table, 1), "B  a            127.0.0.1:9   2");
	table_fit(&table, 29);
	assert_put(table_put_row(&put_here, &table, 0), "A  这是一个+  127.0.0.1:9   1");
	table_fit(&table, 26);
	assert_put(table_put_row(&put_here, &table, 0), "A  这是一+ 127.0.0.1:9   1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_what_they_hold),
		cmocka_unit_test(those_that_may_shrink_do),
		cmocka_unit_test(the_least_wanted_column_goes_first),
		cmocka_unit_test(characters_count_and_not_bytes),
		cmocka_unit_test(chinese_takes_two_columns_and_is_cut_between_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
