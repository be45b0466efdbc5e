/*
 * Rules when memory runs out, at each allocation in turn.
 */
#include "unit.h"

#include "network.h"
#include "prepare_rules.h"
#include "scarce.h"
#include "scratch.h"

/* Makes them while so many allocations succeed; what came of it. */
static int
prepare_with(
    const struct settings *settings, int allocations, char *said, size_t said_size)
{
	struct text message = { .at = said, .size = said_size };
	struct addr_key client = addr_key_of_id(AF_UNIX, 5);
	struct rules rules = { 0 };
	int rc;

	*said = '\0';
	scarce_left = allocations;
	rc = prepare_rules(settings, &rules, &message);
	scarce_left = -1;
	if (rc == 0)
		assert_non_null(rules_find(&rules, &client));
	else
		assert_null(rules.all);
	rules_done(&rules);
	return rc;
}

static void
every_lack_of_memory_is_told(void **state)
{
	struct settings settings = { 0 };
	struct scratch scratch;
	int rc = -ENOMEM, allocations = 0;
	char said[1024];

	(void)state;
	scratch_init(&scratch);
	(void)setting_list_add(&settings.allow,
	    scratch_file(&scratch, "friends",
		"uid:5 env=A=1 program='a b'\n10.0.0.0/8\n::/0\n", 0600));
	(void)setting_list_add(&settings.deny, "10.0.0.0/9 refuse-text=no");
	for (; rc == -ENOMEM; allocations++) {
		rc = prepare_with(&settings, allocations, said, sizeof(said));
		assert_string_equal(said, rc == 0 ? "" : "allow, deny: out of memory\n");
	}
	assert_int_equal(rc, 0);
	assert_true(allocations > 30);
	settings_done(&settings);
	scratch_done(&scratch);
}

static void
mistakes_and_a_lack_of_memory_get_along(void **state)
{
	struct settings settings = { 0 };
	char said[1024];

	(void)state;
	(void)setting_list_add(&settings.allow, "10.0.0.0/8 nice=x");
	(void)setting_list_add(&settings.allow, "10.0.0.0/8 max=5");
	(void)setting_list_add(&settings.deny, "10.0.0.0/8 refuse-text=no");
	(void)setting_list_add(&settings.deny, "/nowhere");
	for (int allocations = 0; allocations < 60; allocations++)
		assert_int_not_equal(
		    prepare_with(&settings, allocations, said, sizeof(said)), 0);
	settings_done(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_lack_of_memory_is_told),
		cmocka_unit_test(mistakes_and_a_lack_of_memory_get_along),
	};

	return cmocka_run_group_tests_name("rules_memory", tests, NULL, NULL);
}
