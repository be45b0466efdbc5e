/*
 * A trial that somebody kills is no success, whoever takes its status.
 */
#include "unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/wait.h>

#include "hosted.h"
#include "spawn.h"

static struct sock_filter kills = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);

static const struct plan_isolation deadly = { .user_fd = -1,
	.network_fd = -1,
	.ruleset_fd = -1,
	.has_no_new_privileges = true,
	.filter = &kills,
	.filter_length = 1 };

/* The last that a trial would do is to look for the program. */
static int
try_killed(void)
{
	const struct plan plan = {
		.image_fd = -1, .umask = 022, .path = "/bin/true", .isolation = &deadly
	};
	struct report report = { 0 };
	struct spawn_request request = { .plan = &plan, .report = &report };
	struct nursery nursery;
	int rc;

	assert_int_equal(spawn_init(&nursery), 0);
	rc = spawn_trial(&nursery, &request);
	assert_int_equal(report.stage, STAGE_NONE);
	spawn_done(&nursery);
	return rc;
}

static void
a_killed_trial_is_noticed(void **state)
{
	(void)state;
	assert_int_equal(try_killed(), -ECANCELED);
}

static void
a_killed_trial_is_noticed_by_a_host_with_no_statuses(void **state)
{
	(void)state;
	for (enum host_way way = 0; way < HOST_WAYS; way++) {
		host_is(way);
		assert_int_equal(try_killed(), -ECANCELED);
		host_is_usual();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_trial_is_noticed),
		cmocka_unit_test(a_killed_trial_is_noticed_by_a_host_with_no_statuses),
	};

	return cmocka_run_group_tests_name("spawn_trial", tests, NULL, NULL);
}
