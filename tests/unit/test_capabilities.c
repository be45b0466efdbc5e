/*
 * Names of capabilities, as operators write them, and sets of them as they are told.
 */
#include "unit.h"

#include <linux/capability.h>

#include "capabilities.h"

#define LIST(...)                                                                        \
	{                                                                                \
		.words = (char *[]){ __VA_ARGS__, NULL },                                \
		.count = sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)              \
	}

static void
names_become_bits(void **state)
{
	const struct {
		struct setting_list list;
		uint64_t bits;
	} rows[] = {
		{ LIST((char[]){ "net_bind_service" }),
		    CAPABILITY_BIT(CAP_NET_BIND_SERVICE) },
		{ LIST((char[]){ "CAP_NET_BIND_SERVICE" }, (char[]){ "Cap_Chown" }),
		    CAPABILITY_BIT(CAP_NET_BIND_SERVICE) | CAPABILITY_BIT(CAP_CHOWN) },
		{ LIST((char[]){ "checkpoint_restore" }),
		    CAPABILITY_BIT(CAP_CHECKPOINT_RESTORE) },
		{ LIST((char[]){ "kill" }, (char[]){ "kill" }),
		    CAPABILITY_BIT(CAP_KILL) },
		{ LIST((char[]){ "none" }), 0 },
		{ { .count = 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t bits = 1;

		assert_put(assert_int_equal(
			       capabilities_parse(&rows[i].list, &bits, &put_here), 0),
		    "");
		assert_true(bits == rows[i].bits);
	}
}

static void
a_name_that_is_none_is_quoted(void **state)
{
	const struct {
		struct setting_list list;
		const char *message;
	} rows[] = {
		{ LIST((char[]){ "net_bindservice" }),
		    "capabilities: 'net_bindservice' is not a capability; "
		    "capabilities(7) has their names, such as net_bind_service, and "
		    "'none' stands for none of them\n" },
		{ LIST((char[]){ "chown" }, (char[]){ "a\nb" }),
		    "capabilities: 'a\\x0ab' is not a capability; capabilities(7) has "
		    "their names, such as net_bind_service, and 'none' stands for none "
		    "of them\n" },
		{ LIST((char[]){ "all" }),
		    "capabilities: 'all' is not offered: name what the program needs, "
		    "such as net_bind_service\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t bits = 4711;

		assert_put(
		    assert_int_equal(
			capabilities_parse(&rows[i].list, &bits, &put_here), -EINVAL),
		    rows[i].message);
		assert_true(bits == 4711);
	}
}

static void
every_mistake_is_told(void **state)
{
	const struct setting_list list =
	    LIST((char[]){ "one" }, (char[]){ "kill" }, (char[]){ "" });
	char lines[1024] = "";
	struct text message = TEXT_ON(lines);
	uint64_t bits;

	(void)state;
	assert_int_equal(capabilities_parse(&list, &bits, &message), -EINVAL);
	assert_non_null(strstr(lines, "'one'"));
	assert_non_null(strstr(lines, "''"));
	assert_null(strstr(lines, "'kill'"));
}

static void
sets_are_told_by_name(void **state)
{
	(void)state;
	assert_put(capabilities_put(&put_here, 0), "none");
	assert_put(capabilities_put(&put_here, CAPABILITY_BIT(CAP_CHOWN)), "chown");
	assert_put(capabilities_put(&put_here, CAPABILITY_BIT(CAP_SYS_NICE) |
						   CAPABILITY_BIT(CAP_NET_BIND_SERVICE)),
	    "net_bind_service, sys_nice");
	assert_put(capabilities_put(&put_here, CAPABILITY_BIT(63)), "63");
}

/* Fails with headers of a kernel that has one more: it wants its row in capabilities.c.
 */
static void
every_capability_of_the_kernel_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
		char name[64] = "", number[8];
		struct text text = TEXT_ON(name);
		uint64_t bits = 0;

		(void)snprintf(number, sizeof(number), "%u", i);
		capabilities_put(&text, CAPABILITY_BIT(i));
		assert_string_not_equal(name, number);
		assert_put(
		    assert_int_equal(capabilities_parse(&(struct setting_list)LIST(name),
					 &bits, &put_here),
			0),
		    "");
		assert_true(bits == CAPABILITY_BIT(i));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_bits),
		cmocka_unit_test(a_name_that_is_none_is_quoted),
		cmocka_unit_test(every_mistake_is_told),
		cmocka_unit_test(sets_are_told_by_name),
		cmocka_unit_test(every_capability_of_the_kernel_has_a_name),
	};

	return cmocka_run_group_tests_name("capabilities", tests, NULL, NULL);
}
