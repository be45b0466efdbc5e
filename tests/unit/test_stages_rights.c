/*
 * The steps of a child that need rights: with them, as root only, and without.
 */
#include "unit.h"

#include <errno.h>
#include <grp.h>

#include "apart.h"
#include "facts.h"
#include "stages.h"

#define NOBODY 65534

static struct report report;
static const struct birth birth = { .report = &report };

/* What a process without any right is; for others than root that is so already. */
static int
lose_rights(void)
{
	if (geteuid() != 0)
		return 0;
	return setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	       setresuid(NOBODY, NOBODY, NOBODY) < 0;
}

static int
become_somebody(void)
{
	const gid_t groups[] = { 7, 8, 4711 };
	const struct plan plan = {
		.has_ids = true,
		.uid = 1234,
		.gid = 2345,
		.groups = groups,
		.group_count = ARRAY_SIZE(groups),
	};
	uid_t real, effective, saved;
	gid_t now[8];

	want(stage_user(&plan, &birth) == 0);
	want(getresuid(&real, &effective, &saved) == 0);
	want(real == 1234 && effective == 1234 && saved == 1234);
	want(getresgid(&real, &effective, &saved) == 0);
	want(real == 2345 && effective == 2345 && saved == 2345);
	want(getgroups(ARRAY_SIZE(now), now) == ARRAY_SIZE(groups));
	want(memcmp(now, groups, sizeof(groups)) == 0);
	want(facts_own("CapEff", 16) == 0 && facts_own("CapPrm", 16) == 0);
	want(setresuid(0, 0, 0) < 0);
	return 0;
}

static int
become_somebody_without_groups(void)
{
	const struct plan plan = { .has_ids = true, .uid = 1234, .gid = 2345 };

	want(setgroups(2, (gid_t[]){ 0, 4 }) == 0);
	want(stage_user(&plan, &birth) == 0);
	want(getgroups(0, NULL) == 0);
	return 0;
}

static void
ids_are_set_whole_and_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(apart(become_somebody), 0);
	assert_int_equal(apart(become_somebody_without_groups), 0);
}

static int
become_root(void)
{
	const struct plan plan = { .has_ids = true };

	want(lose_rights() == 0);
	want(stage_user(&plan, &birth) == -EPERM);
	return 0;
}

static int
become_who_one_is(void)
{
	struct plan plan = { .has_ids = true };

	want(lose_rights() == 0);
	plan.uid = geteuid();
	plan.gid = getegid();
	want(stage_user(&plan, &birth) == -EPERM);
	plan.is_prongs_own = true;
	want(stage_user(&plan, &birth) == 0);
	plan.gid++;
	want(stage_user(&plan, &birth) == -EPERM);
	plan.gid--;
	plan.uid++;
	want(stage_user(&plan, &birth) == -EPERM);
	return 0;
}

static int
stay_who_one_is(void)
{
	const uid_t before = geteuid();
	const struct plan plan = { .uid = before + 1, .gid = 1 };

	want(stage_user(&plan, &birth) == 0);
	want(geteuid() == before);
	return 0;
}

static void
without_rights_nobody_becomes_another(void **state)
{
	(void)state;
	assert_int_equal(apart(become_root), 0);
	assert_int_equal(apart(become_who_one_is), 0);
	assert_int_equal(apart(stay_who_one_is), 0);
}

static int
raise_a_limit(void)
{
	const struct plan low = {
		.limits = { { RLIMIT_NOFILE, { 20, 20 } } },
		.limit_count = 1,
	};
	const struct plan high = {
		.limits = { { RLIMIT_CORE, { 0, 0 } }, { RLIMIT_NOFILE, { 21, 21 } } },
		.limit_count = 2,
	};
	const struct plan low_core = {
		.limits = { { RLIMIT_CORE, { 0, 0 } } },
		.limit_count = 1,
	};
	const struct plan high_core = {
		.limits = { { RLIMIT_CPU, { 9, 9 } }, { RLIMIT_CORE, { 1, 1 } } },
		.limit_count = 2,
	};
	struct rlimit now;

	want(lose_rights() == 0);
	want(stage_files(&low, &birth) == 0);
	want(stage_files(&high, &birth) == -EPERM);
	want(report.detail == RLIMIT_NOFILE + 1);
	want(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max == 20);
	want(stage_limits(&low_core, &birth) == 0);
	want(stage_limits(&high_core, &birth) == -EPERM);
	want(getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_max == 0);
	return 0;
}

static void
without_rights_no_limit_is_raised(void **state)
{
	(void)state;
	assert_int_equal(apart(raise_a_limit), 0);
}

static int
be_first(void)
{
	const struct plan plan = { .has_nice = true, .nice = -20 };

	want(setrlimit(RLIMIT_NICE, &(struct rlimit){ 0, 0 }) == 0);
	want(lose_rights() == 0);
	want(stage_priority(&plan, &birth) == -EACCES);
	return 0;
}

static void
without_rights_nobody_comes_first(void **state)
{
	(void)state;
	assert_int_equal(apart(be_first), 0);
}

static int
enter_a_closed_directory(void)
{
	const struct plan plan = { .dir = "/proc/1/fd" };

	want(lose_rights() == 0);
	want(stage_directory(&plan, &birth) == -EACCES);
	return 0;
}

static void
without_rights_a_closed_directory_stays_closed(void **state)
{
	(void)state;
	assert_int_equal(apart(enter_a_closed_directory), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_set_whole_and_for_good),
		cmocka_unit_test(without_rights_nobody_becomes_another),
		cmocka_unit_test(without_rights_no_limit_is_raised),
		cmocka_unit_test(without_rights_nobody_comes_first),
		cmocka_unit_test(without_rights_a_closed_directory_stays_closed),
	};

	return cmocka_run_group_tests_name("stages_rights", tests, NULL, NULL);
}
