/*
 * A configuration when memory runs out, at each allocation in turn.
 */
#include "unit.h"

#include "config.h"
#include "scarce.h"

/* Reads it while `allocations` succeed; what came of it. */
static int
read_with(const char *path, int allocations, char **ret_said)
{
	struct diags diags = { 0 };
	struct config config;
	size_t size;
	int failed;

	diags.out = open_memstream(ret_said, &size);
	scarce_left = allocations;
	failed = config_read(path, &diags, &config);
	scarce_left = -1;
	if (failed == 0)
		config_free(&config);
	(void)fclose(diags.out);
	return failed;
}

static void
every_lack_of_memory_is_told(void **state)
{
	int failed = -ENOMEM, allocations = 0;

	(void)state;
	for (; failed == -ENOMEM; allocations++) {
		char *said = NULL;

		failed = read_with(CONFIG_EXAMPLE, allocations, &said);
		if (failed == -ENOMEM)
			assert_non_null(strstr(said, "out of memory\n"));
		else
			assert_int_equal(failed, 0);
		free(said);
	}
	assert_true(allocations > 100);
}

static void
mistakes_and_a_lack_of_memory_get_along(void **state)
{
	(void)state;
	for (int allocations = 0; allocations < 300; allocations++) {
		char *said = NULL;

		assert_int_not_equal(
		    read_with(CONFIG_CASES "/all-at-once.yaml", allocations, &said), 0);
		free(said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_lack_of_memory_is_told),
		cmocka_unit_test(mistakes_and_a_lack_of_memory_get_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
