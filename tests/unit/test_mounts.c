/*
 * The mounts of a cell: real ones, made by root and by nobody.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>

#include "celled.h"
#include "facts.h"

/* ---- read-only ------------------------------------------------------------------- */

static int
keep_one_writable(void)
{
	const struct plan_mount all[] = {
		{ MOUNT_WRITABLE, false, at("kept") },
		{ MOUNT_WRITABLE, false, at("secret/file") },
		{ MOUNT_WRITABLE, true, at("missing") },
		{ MOUNT_WRITABLE, true, "/dev/null/below" },
	};
	const struct plan_mounts mounts = {
		.is_read_only = true, .all = all, .count = ARRAY_SIZE(all)
	};
	int files;

	want(celled_enter(CLONE_NEWNS) == 0);
	files = facts_open_files();
	want(celled_mount(&mounts) == 0);
	want(facts_open_files() == files);
	want(write_there(at("other/file")) == EROFS);
	want(write_there("/tmp/prong-unit-file") == EROFS);
	want(write_there("/dev/shm/prong-unit-file") == EROFS);
	want(write_there("/dev/null") == 0);
	want(write_there(at("kept/file")) == 0);
	want(write_there(at("kept/below/file")) == 0);
	want(write_there(at("secret/file")) == 0);
	want(write_there(at("secret/another")) == EROFS);
	return 0;
}

static void
everything_is_read_only_but_what_is_kept(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(keep_one_writable), 0);
}

static int
keep_a_terminal(void)
{
	const struct plan_mounts mounts = { .is_read_only = true };
	int fd;

	want(celled_enter(CLONE_NEWNS) == 0);
	want(celled_mount(&mounts) == 0);
	fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	want(fd >= 0 && unlockpt(fd) == 0);
	want(open(ptsname(fd), O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0);
	return 0;
}

static void
devices_can_be_used(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(keep_a_terminal), 0);
}

/* Read-only for us already, also where a user namespace has inherited it so. */
static int
keep_what_was_read_only(void)
{
	const struct plan_mount all[] = { { MOUNT_WRITABLE, false, at("kept") } };
	const struct plan_mounts mounts = {
		.is_read_only = true, .all = all, .count = 1
	};
	const bool is_root = geteuid() == 0;

	if (is_root) {
		want(unshare(CLONE_NEWNS) == 0);
		want(syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
		want(syscall(SYS_mount, "none", at("kept/below"), "tmpfs", MS_RDONLY,
			 NULL) == 0);
	}
	want(celled_enter(CLONE_NEWNS) == 0);
	want(celled_mount(&mounts) == 0);
	want(write_there(at("kept/again")) == 0);
	want(write_there(at("kept/below/again")) == (is_root ? EROFS : 0));
	return 0;
}

static void
what_was_read_only_stays_so(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(keep_what_was_read_only), 0);
}

/* ---- private --------------------------------------------------------------------- */

#define ROOM (256 << 10)

static int
have_a_private_tmp(void)
{
	const struct plan_mount all[] = {
		{ MOUNT_PRIVATE, true, at("missing") },
		{ MOUNT_PRIVATE, true, "/tmp" },
		{ MOUNT_PRIVATE, true, "/var/tmp" },
		{ MOUNT_PRIVATE, true, "/dev/shm" },
	};
	const struct plan_mounts mounts = {
		.is_read_only = true,
		.private_size = "size=256k,mode=1777",
		.all = all,
		.count = ARRAY_SIZE(all),
	};
	static char much[ROOM];
	struct stat st;
	int fd;

	want(celled_enter(CLONE_NEWNS) == 0);
	want(celled_mount(&mounts) == 0);
	want(entries("/tmp") == 0);
	want(write_there("/tmp/prong-unit-private") == 0);
	want(write_there("/var/tmp/another") == 0);
	want(entries("/dev/shm") == 2);
	want(write_there("/var/file") == EROFS);
	want(stat("/var/tmp", &st) == 0 && (st.st_mode & 07777) == 01777);
	fd = open("/dev/shm/much", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	want(fd >= 0 && write(fd, much, sizeof(much)) < ROOM);
	want(write(fd, much, sizeof(much)) == -1 && errno == ENOSPC);
	return 0;
}

static void
a_private_tmp_is_one_and_bounded(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(have_a_private_tmp), 0);
	assert_int_equal(access("/tmp/prong-unit-private", F_OK), -1);
	assert_int_equal(access(scratch.dir, F_OK), 0);
}

/* ---- hidden ---------------------------------------------------------------------- */

static int
hide_things(void)
{
	const struct plan_mount all[] = {
		{ MOUNT_HIDDEN, false, at("link") },
		{ MOUNT_HIDDEN, false, "/etc/passwd" },
		{ MOUNT_HIDDEN, true, at("missing") },
	};
	const struct plan_mounts mounts = { .all = all, .count = ARRAY_SIZE(all) };
	char text[8];
	int fd;

	want(celled_enter(CLONE_NEWNS) == 0);
	want(celled_mount(&mounts) == 0);
	want(entries(at("secret")) == 0 && entries(at("link")) == 0);
	want(write_there(at("secret/file")) == EROFS);
	fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	want(fd >= 0 && read(fd, text, sizeof(text)) == 0);
	want(write_there(at("other/file")) == 0); /* no more than that was asked for */
	return 0;
}

static void
what_is_hidden_is_empty(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(hide_things), 0);
	assert_int_equal(access(at("secret/file"), F_OK), 0);
}

static int
hide_within_what_is_kept(void)
{
	const struct plan_mount all[] = {
		{ MOUNT_WRITABLE, false, at("kept") },
		{ MOUNT_HIDDEN, false, at("kept/below") },
	};
	const struct plan_mounts mounts = {
		.is_read_only = true, .all = all, .count = ARRAY_SIZE(all)
	};

	want(celled_enter(CLONE_NEWNS) == 0);
	want(celled_mount(&mounts) == 0);
	want(write_there(at("kept/file")) == 0);
	want(entries(at("kept/below")) == 0);
	want(write_there(at("kept/below/file")) == EROFS);
	return 0;
}

static void
what_is_hidden_stays_so_where_one_may_write(void **state)
{
	(void)state;
	assert_int_equal(celled_apart(hide_within_what_is_kept), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read_only_but_what_is_kept),
		cmocka_unit_test(devices_can_be_used),
		cmocka_unit_test(what_was_read_only_stays_so),
		cmocka_unit_test(a_private_tmp_is_one_and_bounded),
		cmocka_unit_test(what_is_hidden_is_empty),
		cmocka_unit_test(what_is_hidden_stays_so_where_one_may_write),
	};

	return cmocka_run_group_tests_name("mounts", tests, celled_make, celled_remove);
}
