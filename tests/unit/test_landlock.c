/*
 * Rulesets as they are made, by whom, and of what: paths that are not there, links below
 * another root, cells, and plans whose ruleset is missing.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "apart.h"
#include "landlock.h"
#include "scratch.h"
#include "stages.h"

#define NOBODY 65534
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static struct scratch scratch;
static char place[512];

static const char *
in_scratch(const char *name)
{
	(void)snprintf(place, sizeof(place), "%s/%s", scratch.dir, name);
	return place;
}

/* 0, or the errno of reading it. */
static int
reading(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

/* As stage_rules() does it, for whoever has rights and whoever has not. */
static int
restrict_here(int fd)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno
							  : landlock_restrict(fd);
}

static struct plan_ruleset
reading_only(const struct plan_rule *rules, size_t count)
{
	return (
	    struct plan_ruleset){ .files = READ, .rules = rules, .rule_count = count };
}

static void
a_ruleset_is_closed_on_exec(void **state)
{
	const struct plan_rule rule = { "/usr", READ, false };
	const struct plan_ruleset ruleset = reading_only(&rule, 1);
	cleanup_(close_fd) int fd = -1;

	(void)state;
	assert_true(landlock_abi() > 0);
	assert_int_equal(landlock_make(&ruleset, &fd), 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void
a_path_that_is_not_there_is_an_error_unless_it_may_be_missing(void **state)
{
	const struct plan_rule rules[] = { { "/usr", READ, false },
		{ "/nonexistent", READ, true }, { "/nonexistent", READ, false } };
	struct plan_ruleset ruleset = reading_only(rules, 2);
	int fd = -1, before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;

	(void)state;
	assert_int_equal(landlock_make(&ruleset, &fd), 0);
	close_fd(&fd);
	ruleset.rule_count = 3;
	assert_int_equal(landlock_make(&ruleset, &fd), -ENOENT);
	assert_int_equal(fd, -1);
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(after, before + 1); /* nothing stayed open */
	close_fd(&before);
	close_fd(&after);
}

static int
read_a_file_and_a_device(void)
{
	const struct plan_rule rules[] = { { in_scratch("file"), READ, false },
		{ "/dev/null", READ, false } };
	const struct plan_ruleset ruleset = reading_only(rules, 2);
	int fd;

	want(landlock_make(&ruleset, &fd) == 0);
	want(restrict_here(fd) == 0);
	want(reading(in_scratch("file")) == 0);
	want(reading("/dev/null") == 0);
	want(reading(in_scratch("other")) == EACCES);
	want(reading("/dev/zero") == EACCES);
	return 0;
}

static void
of_a_file_only_the_rights_of_files_are_asked_for(void **state)
{
	(void)state;
	assert_int_equal(apart(read_a_file_and_a_device), 0);
}

/* Below the root an absolute link means what the program will see, and .. ends there. */
static int
read_below_a_root(void)
{
	const struct plan_rule rules[] = { { "/link", READ, false },
		{ "/../../folder/inner", READ, false } };
	struct plan_ruleset ruleset = reading_only(rules, 2);
	char root[64];
	int fd;

	(void)snprintf(root, sizeof(root), "%s", scratch.dir);
	ruleset.root = root;
	want(landlock_make(&ruleset, &fd) == 0);
	want(restrict_here(fd) == 0);
	want(reading(in_scratch("file")) == 0);
	want(reading(in_scratch("folder/inner")) == 0);
	want(reading(in_scratch("other")) == EACCES);
	want(reading("/file") == ENOENT);
	return 0;
}

static int
have_no_root(void)
{
	const struct plan_rule rule = { "/file", READ, true };
	struct plan_ruleset ruleset = reading_only(&rule, 1);
	int fd = -1;

	want(landlock_open("/nonexistent", "/file") == -ENOENT);
	want(landlock_open(in_scratch("file"), "/file") == -ENOTDIR);
	want(landlock_open(scratch.dir, "/nonexistent") == -ENOENT);
	ruleset.root = "/nonexistent";
	want(landlock_make(&ruleset, &fd) == 0); /* all of it may be missing */
	return 0;
}

static void
below_another_root_links_are_the_programs(void **state)
{
	(void)state;
	assert_int_equal(apart(read_below_a_root), 0);
	assert_int_equal(apart(have_no_root), 0);
}

static struct plan_isolation
with(const struct plan_ruleset *ruleset)
{
	return (
	    struct plan_isolation){ .user_fd = -1, .ruleset_fd = -1, .ruleset = ruleset };
}

/* The descriptor is the supervisor's, and the session's stage takes it from there. */
static int
make_as_a_cell(void)
{
	const struct plan_rule rule = { "/usr", READ, false };
	const struct plan_ruleset ruleset = reading_only(&rule, 1);
	struct plan_isolation isolation = with(&ruleset);
	const struct plan plan = { .isolation = &isolation };
	struct birth_made made = { .pidfd = -1, .ruleset_fd = -1 };
	struct birth_isolation own = { .ruleset_fd = -1, .made = &made };
	const struct birth birth = { .isolation = &own };

	isolation.make = 1;
	want(stage_rules(&plan, &birth) == 0);
	want(made.ruleset_fd >= 0);
	want(reading("/etc/passwd") == 0);
	want(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);

	isolation.make = 0;
	isolation.has_no_new_privileges = true;
	want(stage_rules(&plan, &birth) == -EBADF); /* nothing was handed over */
	own.ruleset_fd = made.ruleset_fd;
	want(stage_rules(&plan, &birth) == 0);
	want(reading("/etc/passwd") == EACCES);
	return 0;
}

static void
a_cell_makes_what_its_session_is_restricted_to(void **state)
{
	(void)state;
	assert_int_equal(apart(make_as_a_cell), 0);
}

static int
go_without(void)
{
	const struct plan_isolation isolation = with(NULL);

	want(stage_rules(&(struct plan){ 0 }, &(struct birth){ 0 }) == 0);
	want(stage_rules(
		 &(struct plan){ .isolation = &isolation }, &(struct birth){ 0 }) == 0);
	want(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	want(reading("/etc/passwd") == 0);
	return 0;
}

static int
restrict_without_a_right(void)
{
	const struct plan_rule rule = { "/usr", READ, false };
	const struct plan_ruleset ruleset = reading_only(&rule, 1);
	struct plan_isolation isolation = with(&ruleset);
	const struct plan plan = { .isolation = &isolation };

	want(landlock_make(&ruleset, &isolation.ruleset_fd) == 0);
	if (geteuid() == 0)
		want(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		     setresuid(NOBODY, NOBODY, NOBODY) == 0);
	want(stage_rules(&plan, &(struct birth){ 0 }) == -EPERM);
	want(reading("/etc/passwd") == 0);
	return 0;
}

static void
who_has_no_rules_and_who_has_no_right(void **state)
{
	(void)state;
	assert_int_equal(apart(go_without), 0);
	assert_int_equal(apart(restrict_without_a_right), 0);
}

static int
prepare_files(void **state)
{
	(void)state;
	scratch_init(&scratch);
	(void)scratch_file(&scratch, "file", "text", 0644);
	(void)scratch_file(&scratch, "other", "text", 0644);
	if (mkdir(in_scratch("folder"), 0755) < 0)
		return -1;
	(void)scratch_file(&scratch, "folder/inner", "text", 0644);
	return symlink("/file", in_scratch("link"));
}

static int
remove_files(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ruleset_is_closed_on_exec),
		cmocka_unit_test(
		    a_path_that_is_not_there_is_an_error_unless_it_may_be_missing),
		cmocka_unit_test(of_a_file_only_the_rights_of_files_are_asked_for),
		cmocka_unit_test(below_another_root_links_are_the_programs),
		cmocka_unit_test(a_cell_makes_what_its_session_is_restricted_to),
		cmocka_unit_test(who_has_no_rules_and_who_has_no_right),
	};

	return cmocka_run_group_tests_name(
	    "landlock", tests, prepare_files, remove_files);
}
