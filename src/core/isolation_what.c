#include "isolation_what.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "presets.h"
#include "text.h"

static void
put_list(struct text *text, const char *name, const struct setting_list *list)
{
	if (list->count == 0)
		return;
	text_printf(text, "%s%s", text->used > 0 ? "; " : "", name);
	for (size_t i = 0; i < list->count; i++)
		text_printf(text, " %s", list->words[i]);
}

/* ---- what a measure comes to ----------------------------------------------------- */

static void
what_user(struct text *text, const struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	const char *name =
	    settings->user != NULL ? settings->user : presets_user(settings);

	if (settings->uid_range.first != 0) {
		text_printf(text, "of %u to %u one of its own",
		    (unsigned)settings->uid_range.first,
		    (unsigned)settings->uid_range.last);
		return;
	}
	if (name != NULL)
		text_printf(text, "%s, ", name);
	text_printf(text, "uid %u, gid %u", service->plan.uid, service->plan.gid);
	if (service->plan.group_count > 0)
		text_printf(text, ", %zu group%s", service->plan.group_count,
		    service->plan.group_count == 1 ? "" : "s");
}

static void
what_limits(struct text *text, const struct prong_service *service)
{
	struct preset_limit limits[PRESET_LIMITS];
	size_t count = presets_limits(&service->settings, limits);

	for (size_t i = 0; i < count; i++) {
		text_printf(text, "%s%s ", i > 0 ? ", " : "", limits[i].name);
		if (limits[i].value >= UINT64_C(1) << 20)
			text_put_bytes_amount(text, limits[i].value);
		else
			text_put_number(text, limits[i].value);
	}
}

static void
what_files(struct text *text, const struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	struct preset_path paths[PRESET_PATHS];

	if (presets_paths(settings, paths) > 0)
		text_put(text, "the system to read and execute");
	put_list(text, "read", &settings->read);
	put_list(text, "write", &settings->write);
	put_list(text, "execute", &settings->execute);
}

static void
put_ports(struct text *text, const char *name, const struct setting_list *list)
{
	text_printf(text, "%s%s", text->used > 0 ? "; " : "", name);
	if (list->count == 0)
		text_put(text, " none");
	for (size_t i = 0; i < list->count; i++)
		text_printf(text, " %s", list->words[i]);
}

static void
what_ports(struct text *text, const struct prong_service *service)
{
	const struct settings *settings = &service->settings;

	if (presets_restrict_connect(settings))
		put_ports(text, "connect", &settings->connect);
	if (presets_restrict_bind(settings))
		put_ports(text, "bind", &settings->bind);
}

static void
what_scope(struct text *text, const struct prong_service *service)
{
	bool has_signals = presets_scope_signals(&service->settings);
	bool has_sockets = presets_scope_sockets(&service->settings);

	text_put(text, has_signals ? "signals" : "");
	text_put(text, has_signals && has_sockets ? ", " : "");
	text_put(text, has_sockets ? "abstract-sockets" : "");
}

static void
what_syscalls(struct text *text, const struct prong_service *service)
{
	const char *words[PRESET_SYSCALLS + 1];
	size_t count = presets_syscalls(&service->settings, words);
	const struct setting_list *own = &service->settings.syscalls;

	for (size_t i = 0; i < count; i++)
		text_printf(text, "%s%s", i > 0 ? " " : "", words[i]);
	for (size_t i = 0; i < own->count; i++)
		text_printf(text, "%s%s", text->used > 0 ? " " : "", own->words[i]);
}

static void
what_mounts(struct text *text, const struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	uint64_t room = presets_private_tmp(settings);

	if (settings->root != NULL)
		text_printf(text, "root %s", settings->root);
	if (presets_read_only(settings))
		text_printf(text, "%sread-only", text->used > 0 ? "; " : "");
	if (room > 0) {
		text_printf(text, "%s/tmp of its own, ", text->used > 0 ? "; " : "");
		text_put_bytes_amount(text, room);
	}
	put_list(text, "hide", &settings->hide);
}

static void
what_root(struct text *text, const struct prong_service *service)
{
	text_printf(text, "chroot to %s", service->settings.root);
}

static void
what_cgroup(struct text *text, const struct prong_service *service)
{
	const struct settings *settings = &service->settings;

	if (settings->memory_max.is_set) {
		text_put(text, "memory ");
		text_put_bytes_amount(text, settings->memory_max.bytes);
	}
	if (settings->pids_max > 0)
		text_printf(text, "%s%u processes", text->used > 0 ? ", " : "",
		    settings->pids_max);
	if (settings->cpu_max > 0)
		text_printf(
		    text, "%sCPU %u %%", text->used > 0 ? ", " : "", settings->cpu_max);
}

/* NULL: its name says it all. */
static void (*const what[MEASURE_COUNT])(struct text *, const struct prong_service *) = {
	[MEASURE_USER] = what_user,
	[MEASURE_LIMITS] = what_limits,
	[MEASURE_FILES] = what_files,
	[MEASURE_PORTS] = what_ports,
	[MEASURE_SCOPE] = what_scope,
	[MEASURE_SYSCALLS] = what_syscalls,
	[MEASURE_MOUNTS] = what_mounts,
	[MEASURE_ROOT] = what_root,
	[MEASURE_CGROUP] = what_cgroup,
};

/* Whom it runs as is worth knowing although nobody asks. */
static void
what_anyway(struct prong_service *service)
{
	struct measure_state *user = &service->isolation.measures.of[MEASURE_USER];
	struct measure_state *kept =
	    &service->isolation.measures.of[MEASURE_CAPABILITIES];
	bool is_root = user->standing != STANDING_IN_FORCE && geteuid() == 0;
	struct text text = TEXT_ON(user->what);

	if (user->standing != STANDING_IN_FORCE)
		text_printf(&text, "uid %u, as prong", geteuid());
	if (kept->standing != STANDING_IN_FORCE)
		(void)snprintf(kept->what, sizeof(kept->what), "%s",
		    is_root ? "all that prong has" : "none");
}

void
isolation_what(struct prong_service *service)
{
	for (int i = 0; i < MEASURE_COUNT; i++) {
		struct measure_state *state = &service->isolation.measures.of[i];
		struct text text = TEXT_ON(state->what);

		if (state->standing != STANDING_WANTED)
			continue;
		state->standing = STANDING_IN_FORCE;
		if (state->what[0] == '\0' && what[i] != NULL)
			what[i](&text, service);
	}
	what_anyway(service);
}

/* ---- of all of them -------------------------------------------------------------- */

bool
isolation_is_told(const struct prong_service *service)
{
	const struct measures *measures = &service->isolation.measures;

	if (service->settings.isolation != ISOLATION_NONE)
		return true;
	for (int i = 0; i < MEASURE_COUNT; i++)
		if (i != MEASURE_USER && measures->of[i].standing != STANDING_OUT)
			return true;
	return false;
}

void
isolation_put_asked(struct text *text, const struct prong_service *service)
{
	static const char *const presets[] = { [ISOLATION_NONE] = "settings",
		[ISOLATION_BASIC] = "basic",
		[ISOLATION_STRICT] = "strict" };

	text_put(text, presets[service->settings.isolation]);
}

void
isolation_put_in_force(struct text *text, const struct prong_service *service)
{
	const struct measures *measures = &service->isolation.measures;

	for (int i = 0; i < MEASURE_COUNT; i++)
		if (measures->of[i].standing == STANDING_IN_FORCE)
			text_printf(
			    text, "%s%s", text->used > 0 ? ", " : "", measure_name(i));
}

/* What is missing for one reason is named together: of a container nearly all of it.
 * False: the measure has been named with an earlier one, or is not missing. */
static bool
put_missing(struct text *text, const struct measures *measures, enum measure first)
{
	const char *why = measures->of[first].why;

	if (measures->of[first].standing != STANDING_MISSING)
		return false;
	for (int i = 0; i < (int)first; i++)
		if (measures->of[i].standing == STANDING_MISSING &&
		    strcmp(measures->of[i].why, why) == 0)
			return false;
	text_put(text, measure_name(first));
	for (int i = first + 1; i < MEASURE_COUNT; i++)
		if (measures->of[i].standing == STANDING_MISSING &&
		    strcmp(measures->of[i].why, why) == 0)
			text_printf(text, ", %s", measure_name(i));
	return true;
}

void
isolation_put_missing(struct text *text, const struct prong_service *service)
{
	const struct measures *measures = &service->isolation.measures;

	for (int i = 0; i < MEASURE_COUNT; i++) {
		const struct measure_state *state = &measures->of[i];
		char names[512] = "";
		struct text inner = TEXT_ON(names);
		bool is_partial =
		    state->standing == STANDING_IN_FORCE && state->why[0] != '\0';

		if (is_partial)
			text_printf(&inner, "%s in part", measure_name(i));
		else if (!put_missing(&inner, measures, i))
			continue;
		text_printf(
		    text, "%s%s (%s)", text->used > 0 ? "; " : "", names, state->why);
	}
}

void
isolation_put_missing_lines(
    struct text *text, const struct prong_service *service, const char *before)
{
	const struct measures *measures = &service->isolation.measures;

	for (int i = 0; i < MEASURE_COUNT; i++) {
		char names[512] = "";
		struct text inner = TEXT_ON(names);

		if (put_missing(&inner, measures, i))
			text_printf(text, "%s%s: cannot be had: %s\n", before, names,
			    measures->of[i].why);
	}
}
