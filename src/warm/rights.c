#include "rights.h"

#include "placeholder.h"
#include "procfs.h"
#include "trace.h"

/* S_ISUID, S_ISGID: linux/stat.h leaves them to a libc, where it believes in one. */
enum { SET_USER_ID = 04000, SET_GROUP_ID = 02000 };

static bool
is_root(void)
{
	return sys_call3(__NR_geteuid, 0, 0, 0) == 0;
}

/* Does its file give a process rights that it has not got? */
static bool
is_file_privileged(int pid)
{
	char path[64], value[64];
	struct statx facts;
	long got;

	proc_path(path, sizeof(path), pid, "exe", -1);
	if (sys_call6(__NR_statx, AT_FDCWD, (long)path, 0, STATX_MODE, (long)&facts, 0) ==
		0 &&
	    (facts.stx_mode & (SET_USER_ID | SET_GROUP_ID)) != 0)
		return true;
	got = sys_call6(__NR_getxattr, (long)path, (long)"security.capability",
	    (long)value, sizeof(value), 0, 0);
	return got > 0 || got == -ERANGE;
}

/* Then such a file gives nothing to anybody. */
static bool
has_no_new_privileges(int pid)
{
	char status[4096];

	return proc_read(pid, "status", status, sizeof(status)) > 0 &&
	       proc_number(status, "\nNoNewPrivs:", 10) == 1;
}

/*
 * A program that may be executed but not read hides its descriptors from whoever is not
 * root.  And a set-user-id program that is traced by an ordinary user runs without its
 * privilege, which it would not do when started afresh.
 */
int
rights_check(int pid)
{
	char name[8];

	if (placeholder_is_hidden(proc_link(pid, SYS_INPUT, name, sizeof(name))))
		return HOLD_UNREADABLE;
	if (!is_root() && is_file_privileged(pid) && !has_no_new_privileges(pid))
		return HOLD_PRIVILEGED;
	return 0;
}
