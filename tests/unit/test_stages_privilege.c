/*
 * What a program may do beyond its user: each set of capabilities, securebits,
 * no-new-privileges.  With rights as root or, for others, in a user namespace; without
 * them as nobody.
 */
#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>

#include "apart.h"
#include "facts.h"
#include "stages.h"

#define NOBODY 65534
#define BIT(capability) (UINT64_C(1) << (capability))
#define SERVICE BIT(CAP_NET_BIND_SERVICE)

#define NO_FILES .user_fd = -1, .ruleset_fd = -1

static const struct birth birth;
static bool is_root; /* who runs the test */

/* All capabilities: here, or in a user namespace. */
static int
have_rights(void)
{
	return is_root ? 0 : unshare(CLONE_NEWUSER);
}

static int
lose_rights(void)
{
	if (!is_root)
		return 0;
	return setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	       setresuid(NOBODY, NOBODY, NOBODY) < 0;
}

/* The three stages in their order; the first error. */
static int
go(const struct plan *plan, const struct birth *of)
{
	int rc = stage_bounding(plan, of);

	if (rc == 0)
		rc = stage_user(plan, of);
	return rc < 0 ? rc : stage_capabilities(plan, of);
}

static int
go_with(const struct plan_isolation *isolation)
{
	return go(&(struct plan){ .isolation = isolation }, &birth);
}

/* The sets of this process. */
static int
has_all_of(uint64_t bits)
{
	return facts_own("CapInh", 16) == bits && facts_own("CapPrm", 16) == bits &&
	       facts_own("CapEff", 16) == bits && facts_own("CapAmb", 16) == bits;
}

/* Becomes a program that says by its status whether it has exactly these. */
static int
become_program_with(uint64_t bits)
{
	char script[128];

	(void)snprintf(script, sizeof(script),
	    "test $(grep -c -E '^Cap(Prm|Eff):.%016llx' /proc/self/status) = 2",
	    (unsigned long long)bits);
	(void)execl("/bin/sh", "sh", "-c", script, NULL);
	return 250;
}

static struct plan_isolation
keeping(uint64_t bits)
{
	return (struct plan_isolation){
		NO_FILES,
		.has_capabilities = true,
		.capabilities = bits,
		.bounding_drop = ~bits,
	};
}

static int
ask_for_nothing(void)
{
	const struct plan_isolation nothing = { NO_FILES };
	const uint64_t before = facts_own("CapEff", 16), bound = facts_own("CapBnd", 16);

	want(go_with(NULL) == 0);
	want(go_with(&nothing) == 0);
	want(facts_own("CapEff", 16) == before && facts_own("CapBnd", 16) == bound);
	want(facts_own("NoNewPrivs", 10) == 0);
	return 0;
}

static void
what_nobody_asks_for_stays(void **state)
{
	(void)state;
	assert_int_equal(apart(ask_for_nothing), 0);
}

static int
keep_two(void)
{
	const uint64_t two = SERVICE | BIT(CAP_CHOWN);
	const struct plan_isolation isolation = keeping(two);

	want(have_rights() == 0);
	want(go_with(&isolation) == 0);
	want(has_all_of(two));
	want(facts_own("CapBnd", 16) == two);
	return become_program_with(two);
}

static int
keep_none(void)
{
	const struct plan_isolation isolation = keeping(0);

	want(have_rights() == 0);
	want(go_with(&isolation) == 0);
	want(has_all_of(0));
	want(facts_own("CapBnd", 16) == 0);
	return become_program_with(0);
}

static void
exactly_those_that_are_named_stay(void **state)
{
	(void)state;
	assert_int_equal(apart(keep_two), 0);
	assert_int_equal(apart(keep_none), 0);
}

/* As root only; for others the change itself fails. */
static int
change_user(const struct plan_isolation *isolation)
{
	const struct plan plan = {
		.has_ids = true, .uid = 1234, .gid = 2345, .isolation = isolation
	};

	return go(&plan, &birth);
}

static int
keep_one_as_another(void)
{
	const struct plan_isolation isolation = keeping(SERVICE);

	if (!is_root)
		return change_user(&isolation) == -EPERM ? 0 : 1;
	want(change_user(&isolation) == 0);
	want(getuid() == 1234 && getgid() == 2345 && getgroups(0, NULL) == 0);
	want(has_all_of(SERVICE));
	want(prctl(PR_GET_KEEPCAPS) == 0);
	want(setresuid(0, 0, 0) < 0);
	return become_program_with(SERVICE);
}

static int
keep_none_as_another(void)
{
	const struct plan_isolation isolation = keeping(0);

	if (!is_root)
		return change_user(&isolation) == -EPERM ? 0 : 1;
	want(change_user(&isolation) == 0);
	want(has_all_of(0));
	return become_program_with(0);
}

static void
what_is_kept_comes_over_a_change_of_user(void **state)
{
	(void)state;
	assert_int_equal(apart(keep_one_as_another), 0);
	assert_int_equal(apart(keep_none_as_another), 0);
}

static int
be_somebody_of_ones_own(void)
{
	const struct plan_isolation isolation = { NO_FILES };
	const struct birth_isolation own = { .own_id = 70001 };
	const struct birth with_own = { .isolation = &own };
	const struct plan plan = { .isolation = &isolation };
	uid_t real, effective, saved;

	if (!is_root)
		return go(&plan, &with_own) == -EPERM ? 0 : 1;
	want(setgroups(2, (gid_t[]){ 0, 4 }) == 0);
	want(go(&plan, &with_own) == 0);
	want(getresuid(&real, &effective, &saved) == 0);
	want(real == 70001 && effective == 70001 && saved == 70001);
	want(getresgid(&real, &effective, &saved) == 0);
	want(real == 70001 && effective == 70001 && saved == 70001);
	want(getgroups(0, NULL) == 0);
	want(has_all_of(0));
	return 0;
}

static int
keep_one_on_ones_own(void)
{
	const struct plan_isolation isolation = keeping(SERVICE);
	const struct birth_isolation own = { .own_id = 70001 };
	const struct birth with_own = { .isolation = &own };
	const struct plan plan = {
		.has_ids = true, .uid = 1234, .gid = 2345, .isolation = &isolation
	};

	if (!is_root)
		return go(&plan, &with_own) == -EPERM ? 0 : 1;
	want(go(&plan, &with_own) == 0);
	want(getuid() == 70001 && getgid() == 70001);
	return become_program_with(SERVICE);
}

static void
a_session_may_have_a_number_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(apart(be_somebody_of_ones_own), 0);
	assert_int_equal(apart(keep_one_on_ones_own), 0);
}

#define NOROOT (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)
#define NO_RAISE (SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static int
be_root_without_its_rights(void)
{
	const struct plan_isolation isolation = {
		NO_FILES,
		.has_capabilities = true,
		.has_securebits = true,
		.securebits = NOROOT,
	};

	want(have_rights() == 0);
	want(go_with(&isolation) == 0);
	want(prctl(PR_GET_SECUREBITS) == NOROOT);
	want(has_all_of(0));
	want(prctl(PR_SET_SECUREBITS, 0) < 0);
	return become_program_with(0);
}

/* The set is whole, but number 0 gives nothing of it. */
static int
keep_all_but_lock(void)
{
	const struct plan_isolation isolation = { NO_FILES, .has_securebits = true,
		.securebits = NOROOT };

	want(have_rights() == 0);
	want(go_with(&isolation) == 0);
	want(facts_own("CapEff", 16) != 0);
	want(prctl(PR_SET_SECUREBITS, 0) < 0 && errno == EPERM);
	return become_program_with(0);
}

static int
lock_what_is_raised(void)
{
	struct plan_isolation isolation = keeping(SERVICE);

	isolation.has_securebits = true;
	isolation.securebits = NO_RAISE;
	want(have_rights() == 0);
	want(go_with(&isolation) == 0);
	want(has_all_of(SERVICE));
	want(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0);
	want(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) < 0);
	return 0;
}

static int
lock_as_another(void)
{
	struct plan_isolation isolation = { NO_FILES, .has_securebits = true,
		.securebits = NOROOT };

	if (!is_root)
		return change_user(&isolation) == -EPERM ? 0 : 1;
	want(change_user(&isolation) == 0);
	want(prctl(PR_GET_SECUREBITS) == NOROOT);
	want(has_all_of(0));
	return 0;
}

static void
securebits_are_set_and_locked(void **state)
{
	(void)state;
	assert_int_equal(apart(be_root_without_its_rights), 0);
	assert_int_equal(apart(keep_all_but_lock), 0);
	assert_int_equal(apart(lock_what_is_raised), 0);
	assert_int_equal(apart(lock_as_another), 0);
}

static int
have_none_as_nobody(void)
{
	struct plan_isolation isolation = keeping(0);

	want(lose_rights() == 0);
	want(go_with(&isolation) == -EPERM); /* the bounding set */
	isolation.has_no_new_privileges = true;
	want(go_with(&isolation) == 0);
	want(facts_own("NoNewPrivs", 10) == 1);
	want(has_all_of(0));
	isolation = keeping(0);
	isolation.bounding_drop = 0;
	want(go_with(&isolation) == 0);
	return 0;
}

static int
keep_what_one_has_not(void)
{
	struct plan_isolation isolation = keeping(SERVICE);

	want(lose_rights() == 0);
	isolation.bounding_drop = 0;
	want(stage_bounding(&(struct plan){ .isolation = &isolation }, &birth) == 0);
	want(stage_capabilities(&(struct plan){ .isolation = &isolation }, &birth) ==
	     -EPERM);
	isolation = (struct plan_isolation){ NO_FILES, .has_securebits = true };
	want(go_with(&isolation) == -EPERM);
	return 0;
}

static void
without_rights_there_is_little_to_lose(void **state)
{
	(void)state;
	assert_int_equal(apart(have_none_as_nobody), 0);
	assert_int_equal(apart(keep_what_one_has_not), 0);
}

/* There the kernel gives all of them to whoever enters. */
static int
enter_a_user_namespace(void)
{
	const struct plan_isolation isolation = { .user_fd = 0, .ruleset_fd = -1 };

	want(lose_rights() == 0);
	want(unshare(CLONE_NEWUSER) == 0);
	want(facts_own("CapEff", 16) != 0);
	want(go_with(&isolation) == 0);
	want(has_all_of(0));
	return 0;
}

static void
in_a_user_namespace_nothing_is_left(void **state)
{
	(void)state;
	assert_int_equal(apart(enter_a_user_namespace), 0);
}

static int
find_out_who(void **state)
{
	(void)state;
	is_root = geteuid() == 0;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_asks_for_stays),
		cmocka_unit_test(exactly_those_that_are_named_stay),
		cmocka_unit_test(what_is_kept_comes_over_a_change_of_user),
		cmocka_unit_test(a_session_may_have_a_number_of_its_own),
		cmocka_unit_test(securebits_are_set_and_locked),
		cmocka_unit_test(without_rights_there_is_little_to_lose),
		cmocka_unit_test(in_a_user_namespace_nothing_is_left),
	};

	return cmocka_run_group_tests_name("stages_privilege", tests, find_out_who, NULL);
}
