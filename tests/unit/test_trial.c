/*
 * Which measure a stage failed for: one that may be missing goes before one that may not.
 */
#include "unit.h"

#include "child.h"
#include "trial.h"

static const struct {
	int stage;
	enum measure wanted[4]; /* by a preset, up to MEASURE_COUNT */
	enum measure set[3];    /* by a setting */
	enum measure found;
} rows[] = {
	{ STAGE_LIMITS, { MEASURE_LIMITS, MEASURE_COUNT }, { MEASURE_COUNT },
	    MEASURE_LIMITS },
	{ STAGE_PRIORITY, { MEASURE_LIMITS, MEASURE_COUNT }, { MEASURE_COUNT },
	    MEASURE_COUNT },
	{ STAGE_ENTER, { MEASURE_PIDS, MEASURE_USER_NAMESPACE, MEASURE_COUNT },
	    { MEASURE_COUNT }, MEASURE_USER_NAMESPACE },
	{ STAGE_ENTER, { MEASURE_PIDS, MEASURE_COUNT }, { MEASURE_COUNT }, MEASURE_PIDS },
	{ STAGE_ENTER, { MEASURE_PIDS, MEASURE_COUNT },
	    { MEASURE_USER_NAMESPACE, MEASURE_COUNT }, MEASURE_PIDS },
	{ STAGE_ENTER, { MEASURE_COUNT }, { MEASURE_IPC, MEASURE_UTS, MEASURE_COUNT },
	    MEASURE_UTS },
	{ STAGE_NAMESPACES, { MEASURE_NETWORK, MEASURE_COUNT }, { MEASURE_COUNT },
	    MEASURE_NETWORK },
	{ STAGE_MOUNTS, { MEASURE_PIDS, MEASURE_MOUNTS, MEASURE_COUNT },
	    { MEASURE_COUNT }, MEASURE_MOUNTS },
	{ STAGE_ROOT, { MEASURE_COUNT }, { MEASURE_ROOT, MEASURE_COUNT }, MEASURE_ROOT },
	{ STAGE_RULES, { MEASURE_SCOPE, MEASURE_COUNT }, { MEASURE_FILES, MEASURE_COUNT },
	    MEASURE_SCOPE },
	{ STAGE_BOUNDING, { MEASURE_CAPABILITIES, MEASURE_SECUREBITS, MEASURE_COUNT },
	    { MEASURE_COUNT }, MEASURE_SECUREBITS },
	{ STAGE_USER, { MEASURE_USER, MEASURE_COUNT }, { MEASURE_COUNT }, MEASURE_USER },
	{ STAGE_FILTER, { MEASURE_SYSCALLS, MEASURE_COUNT }, { MEASURE_COUNT },
	    MEASURE_SYSCALLS },
	{ STAGE_FILTER, { MEASURE_COUNT }, { MEASURE_COUNT }, MEASURE_COUNT },
	{ STAGE_DIRECTORY, { MEASURE_FILES, MEASURE_USER, MEASURE_COUNT },
	    { MEASURE_COUNT }, MEASURE_COUNT },
};

static void
want(struct measures *measures, const enum measure *which, enum wish wish)
{
	for (; *which != MEASURE_COUNT; which++)
		measures->of[*which] =
		    (struct measure_state){ .wish = wish, .standing = STANDING_WANTED };
}

static void
a_stage_is_blamed_on_a_measure(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct measures measures = { 0 };

		want(&measures, rows[i].set, WISH_SETTING);
		want(&measures, rows[i].wanted, WISH_PRESET);
		assert_int_equal(
		    trial_measure(&measures, &(struct report){ .stage = rows[i].stage }),
		    rows[i].found);
	}
}

static void
without_a_proc_of_its_own_a_pid_namespace_is_given_up(void **state)
{
	static const enum measure wanted[] = { MEASURE_PIDS, MEASURE_MOUNTS,
		MEASURE_COUNT };
	const struct report report = { .stage = STAGE_MOUNTS, .detail = DETAIL_PROC };
	struct measures measures = { 0 };

	(void)state;
	want(&measures, wanted, WISH_PRESET);
	assert_int_equal(trial_measure(&measures, &report), MEASURE_PIDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stage_is_blamed_on_a_measure),
		cmocka_unit_test(without_a_proc_of_its_own_a_pid_namespace_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
