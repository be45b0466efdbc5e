/*
 * What serving does to the process of the host: nothing that is not in prong.h.  Its
 * attributes stay as they are, while it serves too, and what it holds is as before once
 * the server is freed.
 */
#include "kinds.h"

#include <sys/prctl.h>

#include "process_state.h"

#define SESSIONS 20

static struct process_state before, after;

static void
assert_attributes(const struct kind *kind, const char *when)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "%s, %s", kind->name, when);
	process_state_attributes(&after);
	process_state_assert_same(line, &before, &after);
}

/* Looked at in the middle of a callback, too. */
static void
look(const struct prong_event *event, void *context)
{
	if (strcmp(event->name, "session-begin") == 0)
		assert_attributes(context, "in a callback");
}

static void
reload(const struct kind *kind)
{
	const struct prong_service *service;

	assert_int_equal(prong_reload_begin(it.server), 0);
	service = kind_add(&it, kind);
	if (prong_reload_commit(it.server) < 0)
		fail_msg("%s", prong_error(it.server));
	kind_assert_ending(kind, kind_visit(&it, service, kind));
}

static void
live(const struct kind *kind)
{
	const struct prong_service *service;

	embed_init(&it);
	service = kind_start(&it, kind);
	for (int i = 0; i < SESSIONS; i++)
		kind_assert_ending(kind, kind_visit(&it, service, kind));
	assert_attributes(kind, "while it serves");
	reload(kind);
	prong_on_event(it.server, look, (void *)(uintptr_t)kind);
	close_fd(
	    &(int){ client_open(prong_bound(prong_service_next(it.server, NULL), 0)) });
	for (struct prong_stats stats = { 0 }; stats.ended < SESSIONS + 2;) {
		assert_int_equal(prong_dispatch(it.server, -1), 0);
		prong_stats(it.server, &stats, sizeof(stats));
	}
	embed_done(&it);
	assert_attributes(kind, "after it was freed");
}

static void
the_hosts_attributes_stay_as_they_are(void **state)
{
	(void)state;
	process_state_attributes(&before);
	for (size_t i = 0; i < kinds_count; i++)
		live(&kinds[i]);
}

/* What libc keeps for good it has by now. */
static void
what_the_host_holds_is_what_it_held(void **state)
{
	(void)state;
	for (size_t i = 0; i < kinds_count; i++) {
		process_state_attributes(&before);
		live(&kinds[i]);
		process_state_holdings(&before);
		embed_init(&it);
		(void)kind_visit(&it, kind_start(&it, &kinds[i]), &kinds[i]);
		embed_done(&it);
		process_state_holdings(&after);
		process_state_assert_same(kinds[i].name, &before, &after);
	}
}

/* With a session that lives, one that waits, and one that is over. */
static void
freeing_in_the_middle_leaves_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < kinds_count; i++) {
		int clients[3];
		const struct prong_service *service;

		process_state_holdings(&before);
		embed_init(&it);
		service = kind_start(&it, &kinds[i]);
		for (size_t k = 0; k < ARRAY_SIZE(clients); k++)
			clients[k] = client_open(prong_bound(service, 0));
		(void)embed_wait(&it, "session-begin");
		embed_done(&it);
		for (size_t k = 0; k < ARRAY_SIZE(clients); k++)
			close_fd(&clients[k]);
		process_state_holdings(&after);
		process_state_assert_same(kinds[i].name, &before, &after);
	}
}

/* The one effect: the kernel does that to the memory of whoever changes its user, and
 * until it executes its program that is the host's. */
static void
once_a_program_had_another_user_the_host_is_not_dumpable(void **state)
{
	const struct kind kind = { .name = "user",
		.program = { "sh", "-c", "exit 3" },
		.settings = { { "user", "nobody" } },
		.status = 3 };
	FILE *file = fopen("/proc/sys/fs/suid_dumpable", "re");
	int expected = 0;

	(void)state;
	if (file != NULL) {
		assert_int_equal(fscanf(file, "%d", &expected), 1);
		(void)fclose(file);
	}
	if (geteuid() != 0)
		skip();
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	process_state_attributes(&before);
	live(&kind);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), expected);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	live(&kinds[0]);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
}

static void
a_start_that_fails_leaves_nothing(void **state)
{
	struct prong_service *service;

	(void)state;
	process_state_holdings(&before);
	embed_init(&it);
	(void)kind_add(&it, &kinds[0]);
	service = prong_service_add(it.server, "wrong");
	assert_int_equal(prong_set(service, "dir", "/nonexistent"), 0);
	assert_int_equal(prong_listen(service, "127.0.0.1:0"), 0);
	assert_true(prong_start(it.server) < 0);
	embed_done(&it);
	process_state_holdings(&after);
	process_state_assert_same("a failed start", &before, &after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hosts_attributes_stay_as_they_are),
		cmocka_unit_test(what_the_host_holds_is_what_it_held),
		cmocka_unit_test(freeing_in_the_middle_leaves_nothing),
		cmocka_unit_test(
		    once_a_program_had_another_user_the_host_is_not_dumpable),
		cmocka_unit_test(a_start_that_fails_leaves_nothing),
	};

	return cmocka_run_group_tests_name("prong_effects", tests, NULL, NULL);
}
