#include "child.h"

#include "stages.h"

static const struct {
	const char *name;
	int (*run)(const struct plan *, const struct birth *);
	const char *hint;
} stages[STAGE_COUNT] = {
	[STAGE_NONE] = { "?", NULL, "" },
	[STAGE_DESCRIPTORS] = { "descriptors", stage_descriptors,
	    "close_range(2) is needed: Linux 5.9, and no filter that hides it" },
	[STAGE_SIGNALS] = { "signals", stage_signals, "" },
	[STAGE_SESSION] = { "session", stage_session, "" },
	[STAGE_LIMITS] = { "limits", stage_limits,
	    "raising a limit needs CAP_SYS_RESOURCE; ask for less, or start prong with more" },
	[STAGE_PRIORITY] = { "nice", stage_priority,
	    "a number below the present one needs CAP_SYS_NICE" },
	[STAGE_USER] = { "user", stage_user,
	    "changing user or groups needs CAP_SETUID and CAP_SETGID: start prong as root" },
	[STAGE_ORPHANS] = { "orphans", stage_orphans,
	    "prong ended while the program was being started" },
	[STAGE_DIRECTORY] = { "dir", stage_directory,
	    "the directory must exist and be open to the user that the program runs as" },
	[STAGE_PROGRAM] = { "program", stage_program,
	    "the file must exist and be executable for the user that it runs as" },
};

const char *
child_stage_name(int stage)
{
	return stage > STAGE_NONE && stage < STAGE_COUNT ? stages[stage].name : "?";
}

const char *
child_stage_hint(int stage)
{
	return stage > STAGE_NONE && stage < STAGE_COUNT ? stages[stage].hint : "";
}

static int
child_run(const struct plan *plan, const struct birth *birth, int last)
{
	for (int i = STAGE_NONE + 1; i <= last; i++) {
		int rc = stages[i].run(plan, birth);

		if (rc < 0) {
			birth->report->error = -rc;
			birth->report->stage = i;
			return i;
		}
	}
	return 0;
}

int
child_prepare(const struct plan *plan, const struct birth *birth)
{
	return child_run(plan, birth, STAGE_PROGRAM - 1);
}

void
child_main(const struct plan *plan, const struct birth *birth)
{
	(void)child_run(plan, birth, STAGE_PROGRAM);
	_exit(125);
}

void
child_try(const struct plan *plan, const struct birth *birth)
{
	_exit(child_prepare(plan, birth) == 0 ? 0 : 125);
}
