/*
 * Settings to namespaces and what a cell mounts, and what cannot be meant.
 */
#include "unit.h"

#include <errno.h>
#include <sched.h>

#include "apart.h"
#include "facts.h"
#include "prepare_isolation.h"
#include "scratch.h"

static struct prong_service service;
static char said[2048];
static const char *program = "/usr/bin/program";

/* "NAME VALUE" each; what comes of them stays in `service` until forget(). */
static int
prepare(const char *const *words)
{
	struct measures_facts facts;
	struct text message = TEXT_ON(said);

	said[0] = '\0';
	service = (struct prong_service){ .path = (char *)(uintptr_t)program };
	service.isolation.plan.user_fd = service.isolation.plan.network_fd = -1;
	assert_int_equal(settings_init(&service.settings), 0);
	for (; *words != NULL; words++) {
		const char *value = strchr(*words, ' ') + 1;
		char name[32], wrong[512];

		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)(value - *words - 1), *words);
		assert_row(settings_set(
			       &service.settings, name, value, wrong, sizeof(wrong)) == 0,
		    *words);
	}
	facts = isolation_facts(&service);
	measures_want(&service.isolation.measures, &service.settings, &facts);
	return prepare_namespaces(&service, &message);
}

static void
forget(void)
{
	prepare_namespaces_done(&service);
	settings_done(&service.settings);
}

/* ---- mistakes -------------------------------------------------------------------- */

static void
what_cannot_be_meant_is_said(void **state)
{
	static const struct {
		const char *words[6], *said;
	} rows[] = {
		{ { "hide //" }, "hide: '//' is all there is\n" },
		{ { "hide /usr/" }, "hide: '/usr/' has the program in it\n" },
		{ { "hide /usr/bin/program" },
		    "hide: '/usr/bin/program' has the program in it\n" },
		{ { "hide /srv", "dir /srv/x" },
		    "hide: '/srv' has the directory of dir in it\n" },
		{ { "hide /srv", "hide /b", "write /srv/x" },
		    "hide: '/srv' has something in it that write names: leave one of "
		    "them out\n" },
		{ { "hide /srv/x/y", "write /srv" },
		    "hide: '/srv/x/y' is in what write names, where a session could move "
		    "it for the next one: leave one of them out\n" },
		{ { "read-only yes", "private-tmp 1M", "write /tmp/x", "hide /" },
		    "hide: '/' is all there is\n"
		    "write: '/tmp/x' will not be there, for a private one takes the place "
		    "of the directory: say private-tmp: 0\n" },
		{ { "private-tmp 1M", "dir /dev/shm/x" },
		    "dir: '/dev/shm/x' will not be there, for a private one takes the "
		    "place of the directory: say private-tmp: 0\n" },
		{ { "root /nonexistent" },
		    "root: '/nonexistent': No such file or directory\n" },
		{ { "root /dev/null", "namespaces mount" },
		    "root: '/dev/null': Not a directory\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(prepare(rows[i].words), -EINVAL);
		assert_string_equal(said, rows[i].said);
		forget();
	}
}

static void
a_program_that_would_not_be_there_is_said_to(void **state)
{
	static const char *const words[] = { "isolation strict", NULL };
	static const char lost[] =
	    "' will not be there, for a private one takes the place "
	    "of the directory: say private-tmp: 0\n";
	struct scratch scratch;
	char expected[512], link[512];

	(void)state;
	scratch_init(&scratch);
	(void)snprintf(link, sizeof(link), "/usr/../%s",
	    scratch_file(&scratch, "program", "#!/bin/sh\n", 0755));
	program = link;
	assert_int_equal(prepare(words), -EINVAL);
	(void)snprintf(expected, sizeof(expected), "program: '%s%s", scratch.path, lost);
	assert_string_equal(said, expected);
	forget();
	program = "/usr/bin/program";
	scratch_done(&scratch);
}

static void
only_so_much_stays_writable(void **state)
{
	static char paths[PLAN_WRITABLE_MOST + 1][32];
	const char *words[PLAN_WRITABLE_MOST + 3] = { "read-only yes" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		(void)snprintf(paths[i], sizeof(paths[i]), "write /w/%zu", i);
		words[i + 1] = paths[i];
	}
	assert_int_equal(prepare(words), -E2BIG);
	assert_string_equal(
	    said, "write: with read-only at most 64 paths can stay writable\n");
	forget();
	words[PLAN_WRITABLE_MOST + 1] = NULL;
	assert_int_equal(prepare(words), 0);
	forget();
	words[0] = "namespaces mount"; /* nothing is read-only: nothing has to stay */
	assert_int_equal(prepare(words), 0);
	assert_int_equal(service.isolation.mounts.count, 0);
	forget();
}

/* ---- plans ----------------------------------------------------------------------- */

static void
check_mount(size_t which, enum plan_mount_kind kind, bool is_optional, const char *path)
{
	const struct plan_mount *mount = &service.isolation.mounts.all[which];

	assert_true(which < service.isolation.mounts.count);
	assert_int_equal(mount->kind, kind);
	assert_int_equal(mount->is_optional, is_optional);
	assert_string_equal(mount->path, path);
}

static void
mounts_are_in_the_plan_of_cells(void **state)
{
	static const char *const words[] = { "read-only yes", "private-tmp 2M",
		"hide /etc/x", "write /srv", "write /tmp", "write none", "root /usr",
		"namespaces mount", "namespaces pid", NULL };
	const struct isolation *isolation = &service.isolation;

	(void)state;
	assert_int_equal(prepare(words), 0);
	assert_string_equal(said, "");
	assert_int_equal(isolation->plan.enter, CLONE_NEWNS | CLONE_NEWPID);
	assert_int_equal(isolation->cell_plan.make, CLONE_NEWNS | CLONE_NEWPID);
	assert_int_equal(isolation->cell_plan.user_fd, isolation->plan.user_fd);
	assert_null(isolation->plan.mounts);
	assert_null(isolation->plan.root);
	assert_ptr_equal(isolation->cell_plan.mounts, &isolation->mounts);
	assert_string_equal(isolation->mounts.root, "/usr");
	assert_true(isolation->mounts.is_read_only && isolation->mounts.has_proc);
	assert_string_equal(
	    isolation->mounts.private_size, "mode=1777,size=2097152,nr_inodes=512");
	assert_int_equal(isolation->mounts.count, 5);
	check_mount(0, MOUNT_HIDDEN, false, "/etc/x");
	check_mount(1, MOUNT_PRIVATE, true, "/tmp");
	check_mount(2, MOUNT_PRIVATE, true, "/var/tmp");
	check_mount(3, MOUNT_PRIVATE, true, "/dev/shm");
	check_mount(4, MOUNT_WRITABLE, false, "/srv");
	forget();
	assert_null(service.isolation.cell_plan.mounts);
	assert_int_equal(service.isolation.cell_plan.make, 0);
}

static void
a_little_room_has_room_for_some_names(void **state)
{
	static const char *const words[] = { "private-tmp 64K", NULL };

	(void)state;
	assert_int_equal(prepare(words), 0);
	assert_string_equal(
	    service.isolation.mounts.private_size, "mode=1777,size=65536,nr_inodes=256");
	forget();
}

static void
nothing_is_made_where_nothing_is_asked_for(void **state)
{
	static const char *const nothing[] = { NULL }, *const root[] = { "root /usr",
		NULL };
	int files = facts_open_files();

	(void)state;
	assert_int_equal(prepare(nothing), 0);
	assert_int_equal(service.isolation.cell_plan.make, 0);
	assert_int_equal(service.isolation.plan.user_fd, -1);
	assert_int_equal(service.isolation.plan.network_fd, -1);
	forget();
	assert_int_equal(prepare(root), 0);
	assert_int_equal(service.isolation.cell_plan.make, 0);
	assert_string_equal(service.isolation.plan.root, "/usr");
	forget();
	assert_int_equal(facts_open_files(), files);
}

static void
users_and_network_are_the_services(void **state)
{
	static const char *const words[] = { "network none", "namespaces user",
		"namespaces ipc", "namespaces uts", "namespaces cgroup", NULL };
	int files = facts_open_files();

	(void)state;
	assert_int_equal(prepare(words), 0);
	assert_int_equal(facts_open_files(), files + 2);
	assert_true(service.isolation.plan.user_fd >= 0);
	assert_true(service.isolation.plan.network_fd >= 0);
	assert_int_equal(service.isolation.cell_plan.make, CLONE_NEWIPC | CLONE_NEWUTS);
	assert_int_equal(service.isolation.plan.unshare, CLONE_NEWCGROUP);
	assert_null(service.isolation.cell_plan.mounts);
	forget();
	assert_int_equal(facts_open_files(), files);
}

/* ---- what cannot be had ---------------------------------------------------------- */

static int
write_to(const char *path, const char *word)
{
	FILE *file = fopen(path, "we");

	return file != NULL && fputs(word, file) >= 0 && fclose(file) == 0 ? 0 : -1;
}

/* As who we are: nobody without a number can make another. */
static int
be_in_a_user_namespace(void)
{
	const unsigned uid = geteuid(), gid = getegid();
	char map[64];

	want(unshare(CLONE_NEWUSER) == 0);
	want(write_to("/proc/self/setgroups", "deny") == 0);
	(void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	want(write_to("/proc/self/uid_map", map) == 0);
	(void)snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	want(write_to("/proc/self/gid_map", map) == 0);
	return 0;
}

/* In a user namespace that may have none within it. */
static int
ask_where_there_are_none(void)
{
	static const char *const words[] = { "namespaces user", "namespaces uts", NULL };
	static const char *const strict[] = { "isolation strict", NULL };

	want(be_in_a_user_namespace() == 0);
	want(write_to("/proc/sys/user/max_user_namespaces", "0") == 0);
	want(prepare(words) == -EOPNOTSUPP);
	want(strstr(said, "user-namespace: cannot be had: user namespaces are switched "
			  "off: user.max_user_namespaces is 0\n") != NULL);
	forget();
	want(write_to("/proc/sys/user/max_user_namespaces", "9") == 0);
	want(write_to("/proc/sys/user/max_net_namespaces", "0") == 0);
	want(prepare(strict) == 0);
	want(service.isolation.measures.of[MEASURE_NETWORK].standing == STANDING_MISSING);
	want(strcmp(service.isolation.measures.of[MEASURE_NETWORK].why,
		 "there are as many network namespaces as there may be "
		 "(user.max_net_namespaces)") == 0);
	want(service.isolation.plan.network_fd == -1);
	want((service.isolation.plan.enter & CLONE_NEWUTS) != 0);
	forget();
	return 0;
}

static int
ask_in_a_jail(void)
{
	static const char *const words[] = { "namespaces mount", NULL };
	static const char *const strict[] = { "isolation strict", NULL };

	if (geteuid() != 0)
		return 0;
	want(chroot("/tmp/..") == 0 && prepare(words) == 0); /* the same: no jail */
	forget();
	want(chroot("/dev") == 0); /* without a /proc to find out by */
	want(prepare(words) == -EOPNOTSUPP);
	want(strcmp(said,
		 "mount: cannot be had: prong runs below chroot(2), which a mount "
		 "namespace would lead out of\n") == 0);
	forget();
	want(prepare(strict) == 0);
	want(service.isolation.measures.of[MEASURE_MOUNTS].standing == STANDING_MISSING);
	want(service.isolation.cell_plan.mounts == NULL);
	want((service.isolation.plan.enter & CLONE_NEWNS) == 0);
	forget();
	return 0;
}

static void
what_is_missing_is_said_with_the_reason(void **state)
{
	(void)state;
	assert_int_equal(apart(ask_where_there_are_none), 0);
	assert_int_equal(apart(ask_in_a_jail), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_meant_is_said),
		cmocka_unit_test(a_program_that_would_not_be_there_is_said_to),
		cmocka_unit_test(only_so_much_stays_writable),
		cmocka_unit_test(mounts_are_in_the_plan_of_cells),
		cmocka_unit_test(a_little_room_has_room_for_some_names),
		cmocka_unit_test(nothing_is_made_where_nothing_is_asked_for),
		cmocka_unit_test(users_and_network_are_the_services),
		cmocka_unit_test(what_is_missing_is_said_with_the_reason),
	};

	return cmocka_run_group_tests_name("prepare_mounts", tests, NULL, NULL);
}
