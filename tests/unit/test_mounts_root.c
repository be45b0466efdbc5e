/*
 * A cell with a root of its own, and mounts that cannot be had.
 */
#include "unit.h"

#include <errno.h>
#include <signal.h>

#include "celled.h"
#include "facts.h"

/* ---- another root ---------------------------------------------------------------- */

static int
count_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	int lines = 0;

	if (file == NULL)
		return -1;
	for (int c; (c = getc(file)) != EOF;)
		lines += c == '\n';
	return fclose(file) == 0 ? lines : -1;
}

static int
see_the_jail(void)
{
	char text[32] = "";
	int fd;

	want(access(scratch.dir, F_OK) < 0 && access("/usr", F_OK) < 0);
	want(chdir("/..") == 0 && access("etc/word", F_OK) == 0);
	want(chdir("/") == 0 && chdir("..") == 0 && access("etc/word", F_OK) == 0);
	fd = open("/link", O_RDONLY | O_CLOEXEC);
	want(fd >= 0 && read(fd, text, sizeof(text)) == 0);
	want(write_there("/etc/new") == EROFS && write_there("/tmp/new") == 0);
	return 0;
}

static int
see_one_process(void)
{
	char self[8] = "";

	want(readlink("/proc/self", self, sizeof(self)) == 1 && self[0] == '1');
	want(count_mounts() == 5); /* /, proc, tmp, var/tmp, what is hidden */
	return see_the_jail();
}

/* As a session does: by the number of the cell's first process. */
static int
see_it_from_outside(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	want(fd >= 0 && setns(fd, CLONE_NEWNS) == 0);
	return see_the_jail();
}

static int
be_in_jail(void)
{
	const struct plan_mount all[] = {
		{ MOUNT_PRIVATE, true, "/tmp" },
		{ MOUNT_PRIVATE, true, "/var/tmp" },
		{ MOUNT_PRIVATE, true, "/dev/shm" },
		{ MOUNT_HIDDEN, false, "/link" },
	};
	const struct plan_mounts mounts = {
		.root = at("jail"),
		.is_read_only = true,
		.has_proc = true,
		.private_size = "size=1M,mode=1777",
		.all = all,
		.count = ARRAY_SIZE(all),
	};
	int ends[2], status = 0, seen;
	pid_t pid;
	char done;

	want(pipe(ends) == 0);
	want(celled_enter(CLONE_NEWNS | CLONE_NEWPID) == 0);
	pid = fork();
	if (pid == 0) {
		int rc = celled_mount(&mounts);

		(void)close(ends[0]);
		want(rc == 0 && unlink("/tmp/new") < 0);
		want((rc = see_one_process()) == 0);
		want(write(ends[1], "", 1) == 1);
		_exit(pause());
	}
	(void)close(ends[1]);
	want(read(ends[0], &done, 1) == 1);
	seen = see_it_from_outside(pid);
	want(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	return seen;
}

static void
another_root_is_all_there_is(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(be_in_jail), 0);
}

static int
be_in_jail_without_mounts(void)
{
	const struct plan_isolation isolation = { .root = at("jail") };
	const struct plan plan = { .isolation = &isolation };

	want(celled_enter(0) == 0);
	want(stage_root(&plan, &celled_birth) == 0);
	want(access("etc/word", F_OK) == 0 && access("/etc/word", F_OK) == 0);
	want(access("/usr", F_OK) < 0);
	return 0;
}

static void
a_root_needs_no_mount_namespace(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(be_in_jail_without_mounts), 0);
}

/* ---- mistakes -------------------------------------------------------------------- */

static int
fail_at(enum plan_mount_kind kind, const char *path, int error)
{
	const struct plan_mount all[] = {
		{ MOUNT_WRITABLE, false, at("kept") },
		{ MOUNT_WRITABLE, false, at("other") },
		{ kind, kind != MOUNT_WRITABLE, path },
		{ kind, false, path },
	};
	const struct plan_mounts mounts = {
		.is_read_only = true,
		.private_size = "size=4k",
		.all = all,
		.count = ARRAY_SIZE(all),
	};
	int files = facts_open_files();

	want(celled_mount(&mounts) == -error);
	want(celled_report.detail == (kind == MOUNT_WRITABLE ? 3 : 4));
	want(facts_open_files() == files);
	return 0;
}

static int
fail_everywhere(void)
{
	want(celled_enter(CLONE_NEWNS) == 0);
	want(fail_at(MOUNT_HIDDEN, at("missing"), ENOENT) == 0);
	want(fail_at(MOUNT_WRITABLE, at("missing"), ENOENT) == 0);
	want(fail_at(MOUNT_PRIVATE, at("missing"), ENOENT) == 0);
	return 0;
}

static int
fail_at_the_root(const char *root)
{
	const struct plan_mounts mounts = { .root = root };
	int files;

	want(celled_enter(CLONE_NEWNS) == 0);
	files = facts_open_files();
	want(celled_mount(&mounts) < 0);
	want(celled_report.detail == 0 && facts_open_files() == files);
	return 0;
}

/* Of a pid namespace that is another's. */
static int
have_no_proc(void)
{
	const struct plan_mounts mounts = { .has_proc = true };
	const struct keeper_order order = { .has_user = true };
	int user_fd = -1, network_fd = -1;

	want(celled_enter(CLONE_NEWNS) == 0);
	want(keeper_make(&order, &user_fd, &network_fd) == 0);
	want(setns(user_fd, CLONE_NEWUSER) == 0 && unshare(CLONE_NEWNS) == 0);
	want(celled_mount(&mounts) == -EPERM && celled_report.detail == DETAIL_PROC);
	return 0;
}

static int
have_no_root(void)
{
	return fail_at_the_root(at("missing"));
}

static int
have_a_file_as_root(void)
{
	return fail_at_the_root("/etc/passwd");
}

static int
keep_too_much(void)
{
	struct plan_mount all[PLAN_WRITABLE_MOST + 1];
	struct plan_mounts mounts = { .is_read_only = true, .all = all };
	int files;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		all[i] = (struct plan_mount){ MOUNT_WRITABLE, false, at("kept") };
	want(celled_enter(CLONE_NEWNS) == 0);
	files = facts_open_files();
	mounts.count = PLAN_WRITABLE_MOST + 1;
	want(celled_mount(&mounts) == -E2BIG);
	mounts.count = PLAN_WRITABLE_MOST;
	want(celled_mount(&mounts) == 0);
	want(facts_open_files() == files);
	want(write_there(at("kept/file")) == 0);
	return 0;
}

static void
what_fails_is_told_and_leaves_no_descriptor(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(fail_everywhere), 0);
	assert_int_equal(celled_apart(have_no_proc), 0);
	assert_int_equal(celled_apart(have_no_root), 0);
	assert_int_equal(celled_apart(have_a_file_as_root), 0);
	assert_int_equal(celled_apart(keep_too_much), 0);
}

static int
have_no_cell(void)
{
	const struct plan_mounts mounts = { .root = "/nonexistent",
		.is_read_only = true };
	const struct plan_isolation session = { .enter = CLONE_NEWNS, .mounts = &mounts };
	const struct plan none = { 0 }, plan = { .isolation = &session };

	want(stage_mounts(&none, &celled_birth) == 0);
	want(stage_root(&none, &celled_birth) == 0);
	want(stage_mounts(&plan, &celled_birth) == 0);
	want(stage_root(&plan, &celled_birth) == 0);
	want(access(at("other"), W_OK) == 0);
	return 0;
}

static void
only_a_cell_mounts_anything(void **state)
{
	(void)state;
	assert_int_equal(apart(have_no_cell), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_root_is_all_there_is),
		cmocka_unit_test(a_root_needs_no_mount_namespace),
		cmocka_unit_test(what_fails_is_told_and_leaves_no_descriptor),
		cmocka_unit_test(only_a_cell_mounts_anything),
	};

	return cmocka_run_group_tests_name(
	    "mounts_root", tests, celled_make, celled_remove);
}
