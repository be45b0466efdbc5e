#include "systemd_parts.h"

#include <string.h>

#include "systemd_exec.h"
#include "systemd_isolation.h"
#include "words.h"

static const char *
value_of(const struct systemd_parts *parts, const char *key)
{
	return unit_file_value(parts->service_unit, "Service", key);
}

/* With its specifiers; one that is not known is a loss, and the value is "". */
static const char *
expanded(struct systemd_parts *parts, const char *key)
{
	const char *value = value_of(parts, key);
	const char *known = systemd_value_expand(parts->store, value, parts->name);

	if (known != NULL)
		return known;
	draft_lose(parts->service, store_printf(parts->store, "%s %s", key, value),
	    "a specifier that is not known here");
	return "";
}

static void
set_rights(struct systemd_parts *parts, const char *key, const char *setting)
{
	const char *value = expanded(parts, key);

	if (*value == '\0' && *value_of(parts, key) != '\0')
		draft_hold(parts->service,
		    store_printf(parts->store,
			_("without its %s it has the rights of prong"), setting));
	if (*value != '\0')
		draft_set_rights(parts->service, setting, value,
		    store_printf(parts->store, "%s %s", key, value));
}

/* ---- rights ----------------------------------------------------------------------- */

static void
read_groups(struct systemd_parts *parts)
{
	struct words values, groups = { .count = 0 };

	(void)unit_file_values(
	    parts->service_unit, parts->store, "Service", "SupplementaryGroups", &values);
	for (size_t i = 0; i < values.count; i++)
		words_split(&groups, parts->store, values.at[i]);
	for (size_t i = 0; i < groups.count; i++)
		(void)draft_set(parts->service, "groups", groups.at[i],
		    store_printf(parts->store, "SupplementaryGroups %s", groups.at[i]));
	if (groups.count > 0)
		draft_tell(parts->service,
		    "SupplementaryGroups adds to the user's own, groups: replaces them");
}

static void
read_rights(struct systemd_parts *parts, bool is_root)
{
	if (is_root)
		draft_lose(parts->service, "ExecStart +",
		    "runs with all rights, whatever User= says; so does this");
	else {
		set_rights(parts, "User", "user");
		set_rights(parts, "Group", "group");
		read_groups(parts);
	}
	if (systemd_value_bool(value_of(parts, "DynamicUser")) == 1)
		draft_hold(parts->service,
		    "DynamicUser yes: choose numbers for uid-range, such as "
		    "1900000000-1900065535, or name a user that exists");
}

/* ---- where it runs ---------------------------------------------------------------- */

static void
read_directory(struct systemd_parts *parts)
{
	const char *value = expanded(parts, "WorkingDirectory");
	const char *theirs = store_printf(parts->store, "WorkingDirectory %s", value);

	if (*value == '-') {
		draft_lose(
		    parts->service, theirs, "a folder that is missing is an error");
		value++;
	}
	if (strcmp(value, "~") == 0)
		draft_lose(parts->service, theirs, "write the path of the user's home");
	else if (*value != '\0')
		(void)draft_set(parts->service, "dir", value, theirs);
}

static void
read_environment(struct systemd_parts *parts, struct words *ret_environment)
{
	struct words values;

	(void)unit_file_values(
	    parts->service_unit, parts->store, "Service", "Environment", &values);
	for (size_t i = 0; i < values.count; i++) {
		const char *theirs =
		    store_printf(parts->store, "Environment %s", values.at[i]);
		const char *known =
		    systemd_value_expand(parts->store, values.at[i], parts->name);

		if (known == NULL)
			draft_lose(
			    parts->service, theirs, "a specifier that is not known here");
		else if (systemd_value_split(ret_environment, parts->store, known) < 0)
			draft_lose(parts->service, theirs, "not words");
	}
	for (size_t i = 0; i < ret_environment->count; i++)
		(void)draft_set(parts->service, "env", ret_environment->at[i],
		    store_printf(parts->store, "Environment %s", ret_environment->at[i]));
}

/* ---- descriptors ------------------------------------------------------------------ */

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static void
read_error(struct systemd_parts *parts, const char *output)
{
	static const char *const logs[] = { "journal", "syslog", "kmsg",
		"journal+console", "syslog+console", "kmsg+console", NULL };
	static const char *const clients[] = { "socket", "inherit", NULL };
	const char *value = value_of(parts, "StandardError");
	const char *theirs = store_printf(parts->store, "StandardError %s", value);

	if (*value == '\0' && *output != '\0')
		value = output;
	if (*value == '\0')
		draft_tell(parts->service,
		    "error output went to the client; here it goes to the log, unless "
		    "you set stderr: client");
	else if (is_one_of(value, logs))
		(void)draft_set(parts->service, "stderr", "log", theirs);
	else if (is_one_of(value, clients))
		(void)draft_set(parts->service, "stderr", "client", theirs);
	else if (strcmp(value, "null") == 0)
		(void)draft_set(parts->service, "stderr", "null", theirs);
	else
		draft_lose(parts->service, theirs, "error output goes to the log");
}

static void
read_descriptors(struct systemd_parts *parts)
{
	const char *input = value_of(parts, "StandardInput");
	const char *output = value_of(parts, "StandardOutput");

	if (strcmp(input, "socket") != 0)
		draft_hold(parts->service,
		    store_printf(parts->store,
			_("StandardInput %s: the program takes its client from LISTEN_FDS; "
			  "here the client is its standard input and output"),
			*input == '\0' ? "null" : input));
	if (*output != '\0' && strcmp(output, "socket") != 0 &&
	    strcmp(output, "inherit") != 0)
		draft_lose(parts->service,
		    store_printf(parts->store, "StandardOutput %s", output),
		    "standard output is the client");
	read_error(parts, output);
}

static void
read_type(struct systemd_parts *parts)
{
	const char *type = value_of(parts, "Type");
	const char *theirs = store_printf(parts->store, "Type %s", type);

	if (strcmp(type, "forking") == 0)
		draft_hold(parts->service,
		    store_printf(parts->store,
			_("%s: a session is over when its program ends"), theirs));
	else if (strncmp(type, "notify", 6) == 0 || strcmp(type, "dbus") == 0)
		draft_lose(parts->service, theirs, "a program has no start to wait for");
}

void
systemd_service_read(struct systemd_parts *parts)
{
	struct words lines, environment = { .count = 0 };
	struct systemd_exec exec = { .name = parts->name, .environment = &environment };
	bool is_root = false;

	read_environment(parts, &environment);
	exec.is_file_read = *value_of(parts, "EnvironmentFile") != '\0';
	(void)unit_file_values(
	    parts->service_unit, parts->store, "Service", "ExecStart", &lines);
	if (lines.count > 1)
		draft_hold(parts->service, "ExecStart has more than one command");
	if (lines.count > 0)
		systemd_exec_read(parts->service, &exec, lines.at[0], &is_root);
	read_rights(parts, is_root);
	systemd_isolation_read(parts);
	read_directory(parts);
	read_descriptors(parts);
	read_type(parts);
}
