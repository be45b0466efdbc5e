/*
 * All steps of a child in their order: the first that fails ends it, and says so in the
 * report.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "apart.h"
#include "child.h"
#include "facts.h"

static struct report *report; /* shared with the processes of the pieces */

static char *const sh_exit_7[] = { (char[]){ "sh" }, (char[]){ "-c" },
	(char[]){ "exit 7" }, NULL };
static char *const no_environment[] = { NULL };

static int
share_report(void **state)
{
	(void)state;
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return report == MAP_FAILED;
}

static int
clear_report(void **state)
{
	(void)state;
	*report = (struct report){ 0 };
	return 0;
}

/* One that works. */
static struct plan
good_plan(void)
{
	return (struct plan){
		.path = "/bin/sh",
		.argv = sh_exit_7,
		.image_fd = -1,
		.umask = 022,
		.dir = "/",
	};
}

static struct birth
good_birth(void)
{
	return (struct birth){
		.environment = no_environment,
		.client_fd = STDERR_FILENO,
		.error_fd = STDERR_FILENO,
		.low_end = 3,
		.report = report,
	};
}

static int
run_everything(void)
{
	const struct plan plan = good_plan();
	const struct birth birth = good_birth();

	child_main(&plan, &birth);
}

static void
a_child_becomes_its_program(void **state)
{
	(void)state;
	assert_int_equal(apart(run_everything), 7);
	assert_int_equal(report->stage, STAGE_NONE);
}

static int
run_nothing(void)
{
	struct plan plan = good_plan();
	const struct birth birth = good_birth();

	plan.path = "/nonexistent";
	child_main(&plan, &birth);
}

static void
a_program_that_is_missing_is_reported(void **state)
{
	(void)state;
	assert_int_equal(apart(run_nothing), 125);
	assert_int_equal(report->stage, STAGE_PROGRAM);
	assert_int_equal(report->error, ENOENT);
}

static int
run_from_nowhere(void)
{
	struct plan plan = good_plan();
	const struct birth birth = good_birth();

	plan.dir = "/nonexistent";
	plan.path = "/also-nonexistent";
	child_main(&plan, &birth);
}

static void
after_a_failed_stage_nothing_is_run(void **state)
{
	(void)state;
	assert_int_equal(apart(run_from_nowhere), 125);
	assert_int_equal(report->stage, STAGE_DIRECTORY);
	assert_int_equal(report->error, ENOENT);
}

static int
fail_at_the_limits(void)
{
	struct plan plan = good_plan();
	const struct birth birth = good_birth();

	plan.limits[0] = (struct plan_limit){ RLIMIT_CORE, { 2, 1 } };
	plan.limit_count = 1;
	plan.dir = "/nonexistent";
	want(child_prepare(&plan, &birth) == STAGE_LIMITS);
	want(getsid(0) != getpid());
	want(facts_own("Umask", 8) != 022);
	return 0;
}

static int
fail_at_the_files(void)
{
	struct plan plan = good_plan();
	const struct birth birth = good_birth();
	struct rlimit core;

	plan.limits[0] = (struct plan_limit){ RLIMIT_NOFILE, { 2, 1 } };
	plan.limits[1] = (struct plan_limit){ RLIMIT_CORE, { 0, 0 } };
	plan.limit_count = 2;
	want(child_prepare(&plan, &birth) == STAGE_FILES);
	want(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
	want(getsid(0) != getpid());
	return 0;
}

static void
the_first_failure_is_the_one_that_is_told(void **state)
{
	const mode_t before = umask(077);

	(void)state;
	assert_int_equal(apart(fail_at_the_limits), 0);
	assert_int_equal(report->stage, STAGE_LIMITS);
	assert_int_equal(report->error, EINVAL);
	assert_int_equal(apart(fail_at_the_files), 0);
	assert_int_equal(report->stage, STAGE_FILES);
	assert_int_equal(report->error, EINVAL);
	(void)umask(before);
}

static int
prepare_only(void)
{
	struct plan plan = good_plan();
	const struct birth birth = good_birth();

	plan.path = "/nonexistent";
	want(child_prepare(&plan, &birth) == 0);
	return 9;
}

static void
preparing_runs_all_but_the_program(void **state)
{
	(void)state;
	assert_int_equal(apart(prepare_only), 9);
	assert_int_equal(report->stage, STAGE_NONE);
}

static int
try_what_works(void)
{
	const struct plan plan = good_plan();
	const struct birth birth = good_birth();

	child_try(&plan, &birth);
}

static int
try_what_does_not(void)
{
	struct plan plan = good_plan();
	const struct birth birth = good_birth();

	plan.dir = "/dev/null";
	child_try(&plan, &birth);
}

static void
a_trial_ends_before_the_program(void **state)
{
	(void)state;
	assert_int_equal(apart(try_what_works), 0);
	assert_int_equal(report->stage, STAGE_NONE);
	assert_int_equal(apart(try_what_does_not), 125);
	assert_int_equal(report->stage, STAGE_DIRECTORY);
	assert_int_equal(report->error, ENOTDIR);
}

static void
every_stage_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = STAGE_NONE + 1; i < STAGE_COUNT; i++) {
		assert_true(child_stage_name(i)[0] >= 'a');
		assert_non_null(child_stage_hint(i, EPERM));
		for (int j = STAGE_NONE; j < i; j++)
			assert_string_not_equal(child_stage_name(i), child_stage_name(j));
	}
	assert_string_equal(child_stage_name(STAGE_NONE), "?");
	assert_string_equal(child_stage_name(STAGE_COUNT), "?");
	assert_string_equal(child_stage_name(-1), "?");
	assert_string_equal(child_stage_hint(STAGE_COUNT, EPERM), "");
	assert_string_not_equal(child_stage_hint(STAGE_PROGRAM, ENOEXEC),
	    child_stage_hint(STAGE_PROGRAM, EACCES));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_child_becomes_its_program, clear_report),
		cmocka_unit_test_setup(
		    a_program_that_is_missing_is_reported, clear_report),
		cmocka_unit_test_setup(after_a_failed_stage_nothing_is_run, clear_report),
		cmocka_unit_test_setup(
		    the_first_failure_is_the_one_that_is_told, clear_report),
		cmocka_unit_test_setup(preparing_runs_all_but_the_program, clear_report),
		cmocka_unit_test_setup(a_trial_ends_before_the_program, clear_report),
		cmocka_unit_test(every_stage_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("child", tests, share_report, NULL);
}
