#include "measures.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "presets.h"
#include "text.h"

static const struct {
	const char *name, *settings;
	const char *kind; /* the word of `namespaces`, if it is one of them */
	unsigned flag;    /* CLONE_NEW..., of all that are namespaces */
	int preset;       /* the least that asks for it; 0: none does by itself */
} table[MEASURE_COUNT] = {
	[MEASURE_USER] = { "user", "user", NULL, 0, ISOLATION_STRICT },
	[MEASURE_CAPABILITIES] = { "capabilities", "capabilities", NULL, 0,
	    ISOLATION_BASIC },
	[MEASURE_NO_NEW_PRIVILEGES] = { "no-new-privileges", "no-new-privileges", NULL, 0,
	    ISOLATION_BASIC },
	[MEASURE_SECUREBITS] = { "securebits", "securebits", NULL, 0, ISOLATION_BASIC },
	[MEASURE_LIMITS] = { "limits", "limit", NULL, 0, ISOLATION_BASIC },
	[MEASURE_FILES] = { "files", "read, write, execute", NULL, 0, ISOLATION_STRICT },
	[MEASURE_PORTS] = { "ports", "connect, bind", NULL, 0, ISOLATION_STRICT },
	[MEASURE_SCOPE] = { "scope", "scope", NULL, 0, ISOLATION_BASIC },
	[MEASURE_SYSCALLS] = { "syscalls", "syscalls", NULL, 0, ISOLATION_BASIC },
	[MEASURE_NETWORK] = { "network", "network", NULL, CLONE_NEWNET,
	    ISOLATION_STRICT },
	[MEASURE_PIDS] = { "pid", "namespaces", "pid", CLONE_NEWPID, ISOLATION_STRICT },
	[MEASURE_MOUNTS] = { "mount", "namespaces", "mount", CLONE_NEWNS,
	    ISOLATION_STRICT },
	[MEASURE_IPC] = { "ipc", "namespaces", "ipc", CLONE_NEWIPC, ISOLATION_STRICT },
	[MEASURE_UTS] = { "uts", "namespaces", "uts", CLONE_NEWUTS, ISOLATION_STRICT },
	[MEASURE_CGROUP_NAMESPACE] = { "cgroup-namespace", "namespaces", "cgroup",
	    CLONE_NEWCGROUP, ISOLATION_STRICT },
	[MEASURE_USER_NAMESPACE] = { "user-namespace", "namespaces", "user",
	    CLONE_NEWUSER, 0 },
	[MEASURE_ROOT] = { "root", "root", NULL, 0, 0 },
	[MEASURE_CGROUP] = { "cgroup", "memory-max, pids-max, cpu-max, cgroup", NULL, 0,
	    0 },
};

const char *
measure_name(enum measure measure)
{
	return table[measure].name;
}

const char *
measure_settings(enum measure measure)
{
	return table[measure].settings;
}

/* ---- wishes ---------------------------------------------------------------------- */

struct wanting {
	const struct settings *settings;
	const struct measures_facts *facts;
};

static enum wish
wish_list(const struct setting_list *list, bool is_by_preset)
{
	if (list->count > 0)
		return presets_is_none(list) ? WISH_NONE : WISH_SETTING;
	return is_by_preset ? WISH_PRESET : WISH_NONE;
}

/* A list whose "none" is a wish as well: none are kept, none may be used. */
static enum wish
wish_either(bool is_by_setting, bool is_by_preset)
{
	return is_by_setting ? WISH_SETTING : is_by_preset ? WISH_PRESET : WISH_NONE;
}

static enum wish
wish_user(const struct wanting *wanting)
{
	const struct settings *settings = wanting->settings;

	return wish_either(settings->user != NULL || settings->group != NULL ||
			       settings->groups.count > 0 ||
			       settings->uid_range.first != 0,
	    wanting->facts->is_root && presets_user(settings) != NULL);
}

static enum wish
wish_limits(const struct settings *settings)
{
	struct preset_limit limits[PRESET_LIMITS];

	return presets_limits(settings, limits) > 0 ? WISH_PRESET : WISH_NONE;
}

static enum wish
wish_cgroup(const struct settings *settings)
{
	bool has_place = settings->cgroup != NULL &&
			 strcmp(settings->cgroup, "auto") != 0 &&
			 strcmp(settings->cgroup, "off") != 0;

	return wish_either(settings->memory_max.is_set || settings->pids_max > 0 ||
			       settings->cpu_max > 0 || has_place,
	    false);
}

static enum wish
wish_namespace(const struct wanting *wanting, enum measure measure)
{
	const struct settings *settings = wanting->settings;
	bool has_it = presets_namespace(settings, table[measure].kind);

	if (measure == MEASURE_MOUNTS && presets_need_mounts(settings))
		return WISH_SETTING;
	if (measure == MEASURE_PIDS && wanting->facts->is_handler)
		return WISH_NONE;
	if (!has_it)
		return WISH_NONE;
	return settings->namespaces.count > 0 ? WISH_SETTING : WISH_PRESET;
}

static enum wish
wish_of(const struct wanting *wanting, enum measure measure)
{
	const struct settings *settings = wanting->settings;
	bool is_by_preset =
	    table[measure].preset != 0 && settings->isolation >= table[measure].preset;

	switch (measure) {
	case MEASURE_USER:
		return wish_user(wanting);
	case MEASURE_CAPABILITIES:
		return wish_either(settings->capabilities.count > 0, is_by_preset);
	case MEASURE_NO_NEW_PRIVILEGES:
		return settings->no_new_privileges == CHOICE_NO
			   ? WISH_NONE
			   : wish_either(
				 settings->no_new_privileges == CHOICE_YES, is_by_preset);
	case MEASURE_SECUREBITS:
		/* Nothing comes of number 0 where there is none. */
		return wish_either(
		    settings->securebits != 0, is_by_preset && wanting->facts->is_root);
	case MEASURE_LIMITS:
		return wish_limits(settings);
	case MEASURE_FILES:
		return wish_either(settings->read.count > 0 ||
				       settings->write.count > 0 ||
				       settings->execute.count > 0,
		    is_by_preset);
	case MEASURE_PORTS:
		return wish_either(
		    settings->connect.count > 0 || settings->bind.count > 0,
		    presets_restrict_connect(settings));
	case MEASURE_SCOPE:
		return wish_list(&settings->scope, is_by_preset);
	case MEASURE_SYSCALLS:
		return wish_list(&settings->syscalls, is_by_preset);
	case MEASURE_NETWORK:
		return wish_either(
		    settings->network == NETWORK_NONE, presets_network_none(settings));
	case MEASURE_PIDS:
	case MEASURE_MOUNTS:
	case MEASURE_IPC:
	case MEASURE_UTS:
	case MEASURE_CGROUP_NAMESPACE:
	case MEASURE_USER_NAMESPACE:
		return wish_namespace(wanting, measure);
	case MEASURE_ROOT:
		return wish_either(settings->root != NULL, false);
	case MEASURE_CGROUP:
		return wish_cgroup(settings);
	case MEASURE_COUNT:
		break;
	}
	return WISH_NONE;
}

static void
want(struct measures *measures, enum measure measure, enum wish wish)
{
	struct measure_state *state = &measures->of[measure];

	if (state->is_struck && wish != WISH_SETTING) {
		state->wish = wish;
		state->standing = wish == WISH_NONE ? STANDING_OUT : STANDING_MISSING;
		return;
	}
	*state = (struct measure_state){ .wish = wish,
		.standing = wish == WISH_NONE ? STANDING_OUT : STANDING_WANTED };
}

/* The strongest wish among those that need another measure. */
static enum wish
wish_strongest(const struct measures *measures, const enum measure *of, size_t count)
{
	enum wish strongest = WISH_NONE;

	for (size_t i = 0; i < count; i++)
		if (measure_is_wanted(measures, of[i]) &&
		    measures->of[of[i]].wish > strongest)
			strongest = measures->of[of[i]].wish;
	return strongest;
}

/* Landlock and seccomp want no-new-privileges of whoever has not CAP_SYS_ADMIN. */
static void
want_no_new_privileges(struct measures *measures, const struct settings *settings)
{
	static const enum measure needing[] = { MEASURE_FILES, MEASURE_PORTS,
		MEASURE_SCOPE, MEASURE_SYSCALLS };
	enum wish wish = wish_strongest(measures, needing, ARRAY_SIZE(needing));

	if (settings->no_new_privileges == CHOICE_AUTO &&
	    wish > measures->of[MEASURE_NO_NEW_PRIVILEGES].wish)
		want(measures, MEASURE_NO_NEW_PRIVILEGES, wish);
}

static const enum measure namespaces[] = { MEASURE_NETWORK, MEASURE_PIDS, MEASURE_MOUNTS,
	MEASURE_IPC, MEASURE_UTS, MEASURE_CGROUP_NAMESPACE };

static void
want_user_namespace(struct measures *measures, const struct measures_facts *facts)
{
	enum wish wish = wish_strongest(measures, namespaces, ARRAY_SIZE(namespaces));

	if (!facts->is_privileged && wish > measures->of[MEASURE_USER_NAMESPACE].wish)
		want(measures, MEASURE_USER_NAMESPACE, wish);
}

void
measures_want(struct measures *measures, const struct settings *settings,
    const struct measures_facts *facts)
{
	const struct wanting wanting = { settings, facts };

	for (int i = 0; i < MEASURE_COUNT; i++)
		want(measures, i, wish_of(&wanting, i));
	want_no_new_privileges(measures, settings);
	want_user_namespace(measures, facts);
	if (measure_is_wanted(measures, MEASURE_MOUNTS))
		want(measures, MEASURE_ROOT, WISH_NONE);
}

/* ---- what cannot be had ---------------------------------------------------------- */

static void
strike(struct measures *measures, enum measure measure, const char *why)
{
	struct measure_state *state = &measures->of[measure];

	state->is_struck = true;
	state->standing = STANDING_MISSING;
	state->what[0] = '\0';
	(void)snprintf(state->why, sizeof(state->why), "%s", why);
}

void
measures_strike(struct measures *measures, enum measure measure, const char *why)
{
	strike(measures, measure, why);
	if (measure != MEASURE_USER_NAMESPACE)
		return;
	/* It was wanted because there is no other way to the rest. */
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (measure_is_wanted(measures, namespaces[i]))
			strike(measures, namespaces[i], why);
}

unsigned
measures_namespaces(const struct measures *measures)
{
	unsigned flags = 0;

	for (int i = 0; i < MEASURE_COUNT; i++)
		if (measure_is_wanted(measures, i))
			flags |= table[i].flag;
	return flags;
}
