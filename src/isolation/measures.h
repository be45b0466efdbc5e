/*
 * measures -- what is to be taken from a program: single settings first, then the preset
 *
 * Decides only: settings and a few facts in, a wish for each measure out.  Whether the
 * machine gives it is found out by trying (core/trial), and noted here.  What stands in
 * the place of a setting that a preset fills in, presets.h says.
 */
#pragma once

#include <stdbool.h>

#include "settings.h"

enum measure {
	MEASURE_USER,              /* another user than prong's, where that is root */
	MEASURE_CAPABILITIES,      /* none, or those that are named */
	MEASURE_NO_NEW_PRIVILEGES, /* set-user-id programs give nothing */
	MEASURE_SECUREBITS,        /* being number 0 gives nothing */
	MEASURE_LIMITS,   /* the preset's rlimits, where no setting says another */
	MEASURE_FILES,    /* Landlock: read, write, execute */
	MEASURE_PORTS,    /* Landlock: connect, bind */
	MEASURE_SCOPE,    /* Landlock: signals, abstract sockets */
	MEASURE_SYSCALLS, /* seccomp */
	MEASURE_NETWORK,  /* namespaces: network none ... */
	MEASURE_PIDS,     /* ... pid */
	MEASURE_MOUNTS,   /* ... mount: root, read-only, private-tmp, hide */
	MEASURE_IPC,
	MEASURE_UTS,
	MEASURE_CGROUP_NAMESPACE,
	MEASURE_USER_NAMESPACE,
	MEASURE_ROOT,   /* chroot, where there is no mount namespace */
	MEASURE_CGROUP, /* memory-max, pids-max, cpu-max, cgroup */
	MEASURE_COUNT,
};

enum wish {
	WISH_NONE,    /* nobody asks for it */
	WISH_PRESET,  /* the preset does: it may be missing, and that is said */
	WISH_SETTING, /* a setting does, or all is required: an error if it cannot be had
		       */
};

enum standing {
	STANDING_OUT,    /* not asked for */
	STANDING_WANTED, /* not tried yet */
	STANDING_IN_FORCE,
	STANDING_MISSING,
};

struct measure_state {
	enum wish wish;
	enum standing standing;
	bool is_struck; /* tried, and it failed: why stays as it is */
	/* in force: what exactly, "Landlock ABI 7: read 12 paths"; missing: what is left
	 * of it; or "" */
	char what[160];
	char why[160]; /* missing, or in part: why, and what would help; or "" */
};

struct measures {
	struct measure_state of[MEASURE_COUNT];
	bool is_unenclosed; /* access_enclose() was tried, and failed */
};

/* What the decision depends on besides settings. */
struct measures_facts {
	bool is_root;       /* prong runs as root: it can become another user */
	bool is_handler;    /* a library's: no exec, and no pid namespace */
	bool is_privileged; /* CAP_SYS_ADMIN, in our pid namespace too: none of users
			       needed */
};

/* Wishes, and STANDING_WANTED or _OUT for each.  What was struck out stays missing, and
 * what can stand in for it is wanted: begin with zeroes. */
void measures_want(
    struct measures *, const struct settings *, const struct measures_facts *);

/* The trial found that it cannot be had. */
void measures_strike(struct measures *, enum measure, const char *why);

/* The namespaces among what is wanted, CLONE_NEW... */
unsigned measures_namespaces(const struct measures *);

/* "no-new-privileges", "files", ...: as reports and JSON call it. */
const char *measure_name(enum measure);

/* What an operator would set to have it, or have more of it: "read, write, execute". */
const char *measure_settings(enum measure);

static inline bool
measure_is_wanted(const struct measures *measures, enum measure measure)
{
	return measures->of[measure].standing == STANDING_WANTED ||
	       measures->of[measure].standing == STANDING_IN_FORCE;
}
